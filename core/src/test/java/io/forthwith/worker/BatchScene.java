package io.forthwith.worker;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.worker.internal.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;

/** A worker without threads and with one slot, which has a processor of up to 100 jobs in one call. A test says what the call does. */
abstract class BatchScene {
    static final JobType<Integer> MAIL = JobType.of("mail", Integer.class);

    /** The inputs of the jobs of each call. */
    final List<List<Integer>> calls = new ArrayList<>();

    BatchProcessor.Work<Integer, Object> work = jobs -> jobs.forEach(BatchJob::complete);
    final ProcessorRegistry registry = ProcessorRegistry.of().with(BatchProcessor.of(MAIL, 100, jobs -> {
        calls.add(jobs.stream().map(BatchJob::input).toList());
        work.process(jobs);
    }));
    final EngineFixture fixture = new EngineFixture(1, registry);
    final Engine engine = fixture.engine;

    @BeforeEach
    void register() {
        engine.leasing.register();
    }

    /** Jobs whose inputs count from 0. */
    List<UUID> enqueue(int count) {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(fixture.jobs.enqueue(NewJob.of(MAIL, i)).id());
        }
        return ids;
    }
}
