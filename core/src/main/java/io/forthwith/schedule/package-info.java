/** Schedules: which jobs are enqueued again and again, and when. */
@NullMarked
package io.forthwith.schedule;

import org.jspecify.annotations.NullMarked;
