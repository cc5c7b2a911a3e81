/** Inputs and results as JSON. The only package that uses Jackson. */
@NullMarked
package io.forthwith.json;

import org.jspecify.annotations.NullMarked;
