/** SQLite: one writer at a time. The threads of this process wait for their turn in a queue, and other processes are waited for by the driver. */
@NullMarked
package io.forthwith.jdbc.internal.sqlite;

import org.jspecify.annotations.NullMarked;
