/**
 * PostgreSQL: most operations are one statement. LISTEN and NOTIFY tell other processes about jobs, very many
 * jobs are added by COPY, and a worker whose session is gone is found before its lease lapses.
 */
@NullMarked
package io.forthwith.jdbc.internal.postgresql;

import org.jspecify.annotations.NullMarked;
