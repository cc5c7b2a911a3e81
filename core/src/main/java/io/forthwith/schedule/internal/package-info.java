/** When a schedule fires: cron texts, and clocks that change. */
@NullMarked
package io.forthwith.schedule.internal;

import org.jspecify.annotations.NullMarked;
