/** A store in the memory of one process, for tests and first steps. */
@NullMarked
package io.forthwith.memory;

import org.jspecify.annotations.NullMarked;
