/** The engine: the loops of a worker and what wires them. Not exported. */
@NullMarked
package io.forthwith.worker.internal;

import org.jspecify.annotations.NullMarked;
