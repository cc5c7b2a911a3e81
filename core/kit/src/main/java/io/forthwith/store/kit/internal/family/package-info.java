/** The contract of families and graphs. */
@NullMarked
package io.forthwith.store.kit.internal.family;

import org.jspecify.annotations.NullMarked;
