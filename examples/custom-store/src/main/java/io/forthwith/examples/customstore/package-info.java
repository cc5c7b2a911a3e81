/** An example of a custom job store: rows in a file of H2's MVStore, tested with the published contract kit. */
@NullMarked
package io.forthwith.examples.customstore;

import org.jspecify.annotations.NullMarked;
