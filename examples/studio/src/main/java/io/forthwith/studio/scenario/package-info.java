/** The scenarios that the studio plays. Each checks its outcome in the database. */
@NullMarked
package io.forthwith.studio.scenario;

import org.jspecify.annotations.NullMarked;
