/** Measurements, each on its own PostgreSQL server with fsync on. */
@NullMarked
package io.forthwith.benchmarks;

import org.jspecify.annotations.NullMarked;
