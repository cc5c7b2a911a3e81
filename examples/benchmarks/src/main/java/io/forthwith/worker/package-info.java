/**
 * Measurements of the worker's own parts, in nanoseconds and bytes. In the worker's package, since what decides how a job ends is visible
 * only there; this module runs on the class path.
 */
@NullMarked
package io.forthwith.worker;

import org.jspecify.annotations.NullMarked;
