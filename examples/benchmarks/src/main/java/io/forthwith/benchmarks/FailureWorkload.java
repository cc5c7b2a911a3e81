package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;

/** Single failures, one after the other. Measures from the throw in a handler until another connection sees the row as failed. */
record FailureWorkload(List<Responder> responders, int failures, int rounds, Duration limit)
        implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        new VisibleFailures(responders, failures, rounds, limit)
                .run(
                        database,
                        report,
                        Behaviour.THROW,
                        "throw → failed, visible on another connection",
                        (client, process, number) -> {
                            client.enqueue(number);
                            return Began.await(process.began(), number).nanos();
                        });
    }
}
