package io.forthwith.worker.internal;

import io.forthwith.worker.internal.loop.EventLoop;
import io.forthwith.worker.internal.report.FatalErrorsSeen;
import io.forthwith.worker.internal.report.JobCounters;
import io.forthwith.worker.internal.report.OutcomeCounts;

/** To whom a worker reports what becomes of its jobs, apart from the log. Immutable; its parts are thread-safe. */
public record WorkerReports(EventLoop events, FatalErrorsSeen fatal, JobCounters counts, OutcomeCounts outcomes) {}
