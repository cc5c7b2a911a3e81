/** How many jobs of a key may run, or start, at a time. */
@NullMarked
package io.forthwith.limit;

import org.jspecify.annotations.NullMarked;
