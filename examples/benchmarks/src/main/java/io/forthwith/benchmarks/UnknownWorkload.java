package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;

/** Single jobs of a type without a handler. Measures from the enqueue until another connection sees the row as failed. */
record UnknownWorkload(List<Responder> responders, int jobs, int rounds, Duration limit)
        implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        new VisibleFailures(responders, jobs, rounds, limit)
                .run(
                        database,
                        report,
                        Behaviour.UNKNOWN,
                        "enqueue, unknown type → failed, visible on another connection",
                        (client, process, number) -> client.enqueueUnknown(number));
    }
}
