package io.forthwith.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Single failures one after the other: from the throw in a handler to the row that another connection sees as failed. */
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
                            Began job = process.began().poll(1, TimeUnit.MINUTES);
                            if (job == null || job.number() != number) {
                                throw new IllegalStateException(
                                        "Waited for job " + number + " to begin, and saw " + job);
                            }
                            return job.nanos();
                        });
    }
}
