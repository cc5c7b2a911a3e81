package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.internal.NullRules;
import io.forthwith.store.JobReads;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for a job to end: reads it often at first, then every 100 ms. */
final class JobAwait {
    private static final long FIRST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long SLOWEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private JobAwait() {}

    /** The job as it was read last: ended, or open after the timeout. */
    static Job lookUntilEnded(JobReads store, UUID id, Duration timeout) throws InterruptedException {
        SharedJobCalls.given(id);
        NullRules.require(timeout, "timeout", "give the longest wait; Duration.ZERO looks once");
        CountDownLatch never = new CountDownLatch(1);
        long start = System.nanoTime();
        long limit = timeout.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? timeout.toNanos() : Long.MAX_VALUE;
        for (long pause = FIRST_LOOK_NANOS; ; pause = Math.min(pause * 2, SLOWEST_LOOK_NANOS)) {
            Job job = store.find(id)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "There is no job " + id + "; it was never enqueued, or has ended and was deleted"));
            if (job.status().isFinal()) {
                return job;
            }
            long left = limit - (System.nanoTime() - start);
            if (left <= 0 || never.await(Math.min(pause, left), TimeUnit.NANOSECONDS)) {
                return job;
            }
        }
    }
}
