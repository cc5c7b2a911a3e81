/** The rules of limits: which jobs a claim may start, and whose turn it is. */
@NullMarked
package io.forthwith.store.rules.limit;

import org.jspecify.annotations.NullMarked;
