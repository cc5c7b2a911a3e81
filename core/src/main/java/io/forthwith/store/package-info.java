/** The store SPI: what a database must do for the library, and the readable in-memory reference. */
@NullMarked
package io.forthwith.store;

import org.jspecify.annotations.NullMarked;
