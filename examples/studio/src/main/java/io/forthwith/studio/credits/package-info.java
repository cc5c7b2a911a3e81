/** The credits with which users pay. */
@NullMarked
package io.forthwith.studio.credits;

import org.jspecify.annotations.NullMarked;
