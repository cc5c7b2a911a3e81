/** Measurements, each on a PostgreSQL of its own with fsync on. */
@NullMarked
package io.forthwith.benchmarks;

import org.jspecify.annotations.NullMarked;
