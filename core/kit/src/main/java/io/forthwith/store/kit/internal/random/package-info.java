/** Random commands and races, checked against a model. */
@NullMarked
package io.forthwith.store.kit.internal.random;

import org.jspecify.annotations.NullMarked;
