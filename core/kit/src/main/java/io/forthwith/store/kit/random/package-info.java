/** Random commands and races, checked against a model. */
@NullMarked
package io.forthwith.store.kit.random;

import org.jspecify.annotations.NullMarked;
