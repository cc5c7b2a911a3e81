/** What a viewer can do: it is asked for, done, and said what was done. */
@NullMarked
package io.forthwith.dashboard.internal.act;

import org.jspecify.annotations.NullMarked;
