package io.forthwith.benchmarks.micro;

import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.RetryPolicy;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.worker.internal.attempt.AttemptOutcome;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The decision about an attempt that has returned, and about one that has thrown. */
@State(Scope.Benchmark)
public class DecisionBenchmark {
    private final SettlementDecision decision =
            new SettlementDecision(ErrorClassifier.standard(), Locale.ENGLISH, new SplittableRandom(1));
    private final SettlementDecision.Rules rules =
            new SettlementDecision.Rules(RetryPolicy.exponential(), thrown -> null);
    private final Duration took = Duration.ofMillis(3);
    private final AttemptOutcome succeeded = new AttemptOutcome.Succeeded("{\"seconds\":5}", SpawnedJobs.NONE);
    private final AttemptOutcome threw = new AttemptOutcome.Threw(
            JobException.retryable("The image service is busy").causedBy(new IllegalStateException("503")));
    private final Job job = Job.builder(UUID.randomUUID(), "shot_video", Instant.EPOCH)
            .status(JobStatus.PROCESSING)
            .claim(1)
            .workerId(UUID.randomUUID())
            .attempt(1)
            .startedAt(Instant.EPOCH)
            .build();

    /** After a result. */
    @Benchmark
    public Object decideCompletion() {
        return decision.decide(job, succeeded, rules, took);
    }

    /** After a retryable failure. The stack trace takes most of the time. */
    @Benchmark
    public Object decideRetry() {
        return decision.decide(job, threw, rules, took);
    }
}
