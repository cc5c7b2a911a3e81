package io.forthwith.benchmarks.micro;

import io.forthwith.JobType;
import io.forthwith.event.JobInterceptor;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The whole path of a no-op job through a worker whose store costs almost nothing: claim, slot, processor, decision, settlement,
 * confirmation.
 */
@State(Scope.Benchmark)
public class WorkerBenchmark {
    private static final int JOBS = 50_000;
    private static final JobType<Integer> NOOP = JobType.of("noop", Integer.class);

    private final ProcessorRegistry processors = ProcessorRegistry.of().with(NOOP, job -> null);
    private final PreparedJobs drained = new PreparedJobs(NOOP.name(), "1");
    private final PreparedJobs jobs = new PreparedJobs(NOOP.name(), "1");
    private final Worker worker = Worker.of(jobs.store(), processors).build();

    /** The worker of {@link #threads} runs during its trial only. */
    @State(Scope.Benchmark)
    public static class Running {
        /** Starts it. */
        @Setup
        public void start(WorkerBenchmark benchmark) {
            benchmark.worker.start();
        }

        /** Stops it. */
        @TearDown
        public void stop(WorkerBenchmark benchmark) {
            benchmark.worker.close();
        }
    }

    /** Ten slots on threads of their own, as a worker runs by default. */
    @Benchmark
    @OperationsPerInvocation(JOBS)
    public void threads(Running running) throws InterruptedException {
        jobs.add(JOBS);
        jobs.awaitSettled();
    }

    /** Claimed and run one after the other on one thread, settled on another. */
    @Benchmark
    @OperationsPerInvocation(JOBS)
    public int drain() {
        drained.add(JOBS);
        return Worker.of(drained.store(), processors).build().drain();
    }

    /** The same with an interceptor that only passes on. */
    @Benchmark
    @OperationsPerInvocation(JOBS)
    public int drainIntercepted() {
        drained.add(JOBS);
        return Worker.of(drained.store(), processors)
                .interceptor(new JobInterceptor() {})
                .build()
                .drain();
    }
}
