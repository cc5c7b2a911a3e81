/** The tables: the scripts that create them, the expected columns and indexes, and the differences from these. */
@NullMarked
package io.forthwith.jdbc.internal.schema;

import org.jspecify.annotations.NullMarked;
