/** Inputs and results as JSON. */
@NullMarked
package io.forthwith.json;

import org.jspecify.annotations.NullMarked;
