/** The tables: the scripts that make them, what they should look like, and how they differ from that. */
@NullMarked
package io.forthwith.jdbc.internal.schema;

import org.jspecify.annotations.NullMarked;
