/** A store out of rows, for engines that do atomic steps on rows, and the in-memory store. */
@NullMarked
package io.forthwith.store.rows;

import org.jspecify.annotations.NullMarked;
