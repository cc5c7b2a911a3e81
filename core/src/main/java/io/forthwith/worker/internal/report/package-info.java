/** How a worker reports: its log lines, the events for listeners, and its counters. Not exported. */
@NullMarked
package io.forthwith.worker.internal.report;

import org.jspecify.annotations.NullMarked;
