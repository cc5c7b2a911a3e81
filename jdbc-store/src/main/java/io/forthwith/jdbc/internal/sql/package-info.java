/**
 * Runs statements of any kind; nothing here knows of jobs. {@link
 * io.forthwith.jdbc.internal.sql.SqlDialect} has the dialect of a database, {@link
 * io.forthwith.jdbc.internal.sql.StatementTemplates} fills them into statements, {@link
 * io.forthwith.jdbc.internal.sql.Database} borrows connections and begins, commits and repeats transactions, and
 * {@link io.forthwith.jdbc.internal.sql.Session} runs statements in them.
 */
@NullMarked
package io.forthwith.jdbc.internal.sql;

import org.jspecify.annotations.NullMarked;
