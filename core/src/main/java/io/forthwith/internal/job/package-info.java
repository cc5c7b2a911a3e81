/** What stands behind a {@link io.forthwith.JobContext} and is not for processors: its undo actions, the jobs that it spawns, its completion by a store. */
@NullMarked
package io.forthwith.internal.job;

import org.jspecify.annotations.NullMarked;
