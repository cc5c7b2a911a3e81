package io.forthwith.benchmarks.micro;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a job to the processor of its type, out of twenty, and back. */
@State(Scope.Benchmark)
public class DispatchBenchmark {
    private static final int TYPES = 20;

    private final ProcessorRegistry registry = IntStream.range(0, TYPES)
            .mapToObj(i -> JobType.of("image_generation_" + i, Integer.class))
            .reduce(
                    ProcessorRegistry.of(),
                    (registered, type) -> registered.with(type, job -> null),
                    (one, other) -> one);
    private final JobContext job = FakeJobContext.of(1)
            .withJob(Job.builder(UUID.randomUUID(), "image_generation_13", Instant.EPOCH)
                    .build());

    /** One dispatch. */
    @Benchmark
    public @Nullable Object dispatch() throws Exception {
        return registry.process(job);
    }
}
