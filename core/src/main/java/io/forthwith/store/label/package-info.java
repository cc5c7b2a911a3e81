/** Labels: metadata by which people find jobs. */
@NullMarked
package io.forthwith.store.label;

import org.jspecify.annotations.NullMarked;
