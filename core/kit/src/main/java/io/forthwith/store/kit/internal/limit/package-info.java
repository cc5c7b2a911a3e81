/** The contract of limits: how many jobs of a key may run at a time, or start in a time. */
@NullMarked
package io.forthwith.store.kit.internal.limit;

import org.jspecify.annotations.NullMarked;
