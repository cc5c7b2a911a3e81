/** The contract of families and graphs. */
@NullMarked
package io.forthwith.store.kit.family;

import org.jspecify.annotations.NullMarked;
