/** A job store of one's own: one interface, kept in a file of H2's MVStore, proven with the published contract kit. */
@NullMarked
package io.forthwith.examples.customstore;

import org.jspecify.annotations.NullMarked;
