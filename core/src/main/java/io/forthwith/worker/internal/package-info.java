/** The engine: the loops of a worker, its slots and its threads. Not exported. */
@NullMarked
package io.forthwith.worker.internal;

import org.jspecify.annotations.NullMarked;
