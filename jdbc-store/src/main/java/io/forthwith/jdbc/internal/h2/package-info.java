/** H2: its dialect. Its operations are the standard ones. */
@NullMarked
package io.forthwith.jdbc.internal.h2;

import org.jspecify.annotations.NullMarked;
