/**
 * Rows of jobs, workers, steps and failures: how they are read, listed, inserted and updated. Nothing here locks more than it writes or knows
 * what follows for other jobs.
 */
@NullMarked
package io.forthwith.jdbc.internal.rows;

import org.jspecify.annotations.NullMarked;
