/** What a store of jobs does for the library: seven roles, and the values that they take and answer. */
@NullMarked
package io.forthwith.store;

import org.jspecify.annotations.NullMarked;
