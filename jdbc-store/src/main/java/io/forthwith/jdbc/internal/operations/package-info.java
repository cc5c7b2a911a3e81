/**
 * What the store is asked for, one type for each operation, as all databases do it.
 * {@link io.forthwith.jdbc.internal.operations.JobOperations} is what a database may do its own way.
 */
@NullMarked
package io.forthwith.jdbc.internal.operations;

import org.jspecify.annotations.NullMarked;
