/** A job store in a relational database: PostgreSQL 14 or newer, or H2 2.x. */
@NullMarked
package io.forthwith.jdbc;

import org.jspecify.annotations.NullMarked;
