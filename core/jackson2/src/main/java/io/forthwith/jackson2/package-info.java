/** Inputs and results as JSON, by Jackson 2. */
@NullMarked
package io.forthwith.jackson2;

import org.jspecify.annotations.NullMarked;
