/** The scenarios the studio plays, each checked against the database. */
@NullMarked
package io.forthwith.studio.scenario;

import org.jspecify.annotations.NullMarked;
