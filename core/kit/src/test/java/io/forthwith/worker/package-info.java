/**
 * Simulated workers on one thread. They are in the package of the worker because they use its package-private members.
 */
@org.jspecify.annotations.NullMarked
package io.forthwith.worker;
