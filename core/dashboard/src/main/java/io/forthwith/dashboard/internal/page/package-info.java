/** The pages about the whole. */
@NullMarked
package io.forthwith.dashboard.internal.page;

import org.jspecify.annotations.NullMarked;
