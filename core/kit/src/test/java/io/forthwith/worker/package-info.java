/** Workers stepped on one thread: in the package of the worker, whose parts they step. */
@org.jspecify.annotations.NullMarked
package io.forthwith.worker;
