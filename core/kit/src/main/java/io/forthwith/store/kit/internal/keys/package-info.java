/** The contract of unique keys and deadlines. */
@NullMarked
package io.forthwith.store.kit.internal.keys;

import org.jspecify.annotations.NullMarked;
