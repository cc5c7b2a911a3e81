/** What only the driver of a database knows. */
@NullMarked
package io.forthwith.jdbc.internal.driver;

import org.jspecify.annotations.NullMarked;
