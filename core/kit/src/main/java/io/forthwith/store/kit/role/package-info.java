/** The contract of each role of a store. */
@NullMarked
package io.forthwith.store.kit.role;

import org.jspecify.annotations.NullMarked;
