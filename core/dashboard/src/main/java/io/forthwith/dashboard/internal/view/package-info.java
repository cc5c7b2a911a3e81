/** What pages have in common: who looks, the frame, and the pieces that look the same everywhere. */
@NullMarked
package io.forthwith.dashboard.internal.view;

import org.jspecify.annotations.NullMarked;
