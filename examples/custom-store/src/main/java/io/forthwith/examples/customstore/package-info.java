/** A job store of one's own: rows in a file of H2's MVStore, proven with the published contract kit. */
@NullMarked
package io.forthwith.examples.customstore;

import org.jspecify.annotations.NullMarked;
