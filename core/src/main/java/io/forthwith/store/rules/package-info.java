/** What follows from what, as pure functions: the rules that every store applies. */
@NullMarked
package io.forthwith.store.rules;

import org.jspecify.annotations.NullMarked;
