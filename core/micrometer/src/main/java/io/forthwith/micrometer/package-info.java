/** Metrics of jobs, queues, workers and the store, by Micrometer. */
@NullMarked
package io.forthwith.micrometer;

import org.jspecify.annotations.NullMarked;
