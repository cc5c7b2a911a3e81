/** A job store in a relational database: PostgreSQL 14, MariaDB 10.6, MySQL 8.0.17, H2 2.2.220, SQLite 3.38, or newer. */
@NullMarked
package io.forthwith.jdbc;

import org.jspecify.annotations.NullMarked;
