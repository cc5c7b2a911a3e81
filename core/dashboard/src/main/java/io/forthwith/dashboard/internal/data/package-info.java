/** What the pages read. */
@NullMarked
package io.forthwith.dashboard.internal.data;

import org.jspecify.annotations.NullMarked;
