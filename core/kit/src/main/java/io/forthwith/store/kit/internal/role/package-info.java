/** The contract of each role of a store. */
@NullMarked
package io.forthwith.store.kit.internal.role;

import org.jspecify.annotations.NullMarked;
