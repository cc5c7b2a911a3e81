/** The storyboard, and the pictures and films made from it. */
@NullMarked
package io.forthwith.studio.film;

import org.jspecify.annotations.NullMarked;
