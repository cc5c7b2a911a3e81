/** Helpers for unit tests of processors. */
@NullMarked
package io.forthwith.testing;

import org.jspecify.annotations.NullMarked;
