/** What people do by hand, as rows: acts on many jobs, and the audit. */
@NullMarked
package io.forthwith.jdbc.internal.acts;

import org.jspecify.annotations.NullMarked;
