/** MariaDB and MySQL: lists are written out, rows are locked by their ids, and many jobs are updated by one statement. */
@NullMarked
package io.forthwith.jdbc.internal.mariadb;

import org.jspecify.annotations.NullMarked;
