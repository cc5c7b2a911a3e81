/** How jobs come into the store: each by itself, as families and graphs, and as children that a job spawns; and who has their unique keys. */
@NullMarked
package io.forthwith.jdbc.internal.adding;

import org.jspecify.annotations.NullMarked;
