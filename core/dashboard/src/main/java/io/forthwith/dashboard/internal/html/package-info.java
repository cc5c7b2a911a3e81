/** HTML and what is drawn in it. */
@NullMarked
package io.forthwith.dashboard.internal.html;

import org.jspecify.annotations.NullMarked;
