/** A store for engines that read and write rows in serializable transactions, and the in-memory store. */
@NullMarked
package io.forthwith.store.rows;

import org.jspecify.annotations.NullMarked;
