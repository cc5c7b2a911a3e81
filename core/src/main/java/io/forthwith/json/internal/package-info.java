/** The codec within the limits of the library, and the words of its refusals. */
@NullMarked
package io.forthwith.json.internal;

import org.jspecify.annotations.NullMarked;
