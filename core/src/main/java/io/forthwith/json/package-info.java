/** Inputs and results as JSON; the only package that knows Jackson. */
@NullMarked
package io.forthwith.json;

import org.jspecify.annotations.NullMarked;
