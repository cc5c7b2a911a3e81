/** {@link io.forthwith.worker.Worker}, which runs jobs, its builder, and the registry of its processors. */
@NullMarked
package io.forthwith.worker;

import org.jspecify.annotations.NullMarked;
