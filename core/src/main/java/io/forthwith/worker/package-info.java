/** The engine: {@link io.forthwith.worker.Worker} and the layers a job passes through. */
@NullMarked
package io.forthwith.worker;

import org.jspecify.annotations.NullMarked;
