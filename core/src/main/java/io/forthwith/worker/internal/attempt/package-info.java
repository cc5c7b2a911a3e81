/** One attempt at one job, from its claim to its settlement. Not exported. */
@NullMarked
package io.forthwith.worker.internal.attempt;

import org.jspecify.annotations.NullMarked;
