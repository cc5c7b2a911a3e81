/** The interface between the library and a store of jobs: {@link JobStore}, its roles, and the values that they take and return. */
@NullMarked
package io.forthwith.store;

import org.jspecify.annotations.NullMarked;
