/**
 * The operations of the store, one type for each, as all databases run them.
 * {@link io.forthwith.jdbc.internal.operations.JobOperations} has the operations that a database may replace.
 */
@NullMarked
package io.forthwith.jdbc.internal.operations;

import org.jspecify.annotations.NullMarked;
