package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.worker.internal.Engine;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The language of messages for the jobs of a family, with a worker whose language is Chinese. */
class LanguagesTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final JobType<String> TYPE = EngineFixture.TYPE;

    private final NewJob parent = NewJob.of(TYPE, "parent");
    private final NewJob child = NewJob.of(TYPE, "child").parent(parent);

    @Test
    void a_cancelled_running_child_fails_its_parent_in_the_language_of_the_worker() throws Exception {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        CountDownLatch started = new CountDownLatch(1);
        try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    started.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException cancelled) {
                        // The child completes.
                    }
                    return null;
                }))
                .locale(Locale.SIMPLIFIED_CHINESE)
                .start()) {
            jobs.enqueueAll(List.of(parent, child));
            assertThat(started.await(1, TimeUnit.MINUTES)).isTrue();

            jobs.cancel(child.id());

            assertThat(jobs.await(parent.id(), SOON).orElseThrow().errorMessage())
                    .isEqualTo("1 个子任务中有 1 个被取消");
        }
    }

    @Test
    void a_cancelled_child_of_an_unknown_claim_fails_its_parent_in_the_language_of_the_worker() {
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(TYPE, job -> null));
        Engine chinese = fixture.engineOf(
                "chinese", 1, ProcessorRegistry.of().with(TYPE, job -> null), Locale.SIMPLIFIED_CHINESE);
        chinese.leasing.register();
        UUID workerId = chinese.lease.workerId();
        fixture.jobs.enqueueAll(List.of(parent, child));
        // A claim whose answer was lost.
        assertThat(fixture.memory.claim(new ClaimRequest(workerId, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), 3)))
                .hasSize(1);
        fixture.memory.cancel(child.id(), Locale.ENGLISH);

        fixture.passBeating(Duration.ofMinutes(1), chinese);
        chinese.claiming.run();
        chinese.settling.run();

        assertThat(fixture.job(parent.id()).errorMessage()).isEqualTo("1 个子任务中有 1 个被取消");
    }

    @Test
    void a_refused_result_fails_the_job_in_its_own_language() {
        EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of().with(TYPE, job -> "too much"));
        doAnswer(call -> {
                    List<Settlement> batch = call.getArgument(0);
                    if (batch.stream().anyMatch(Settlement.Complete.class::isInstance)) {
                        throw new JobStoreException(JobStoreException.Kind.PERMANENT, "refused", null);
                    }
                    return fixture.memory.settle(batch);
                })
                .when(fixture.store)
                .settle(any());
        UUID id = fixture.jobs
                .enqueue(NewJob.of(TYPE, "x").locale(Locale.CHINESE))
                .id();
        fixture.engine.leasing.register();
        fixture.engine.claiming.run();
        fixture.runTasks();

        fixture.engine.settling.run();
        fixture.engine.settling.run();

        assertThat(fixture.job(id).errorMessage()).isEqualTo("任务已完成，但无法保存其结果");
    }

    @Test
    void a_take_over_fails_a_job_without_a_locale_in_the_language_of_the_worker() {
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, job -> null);
        EngineFixture fixture = new EngineFixture(1, processors);
        Engine chinese = fixture.engineOf("chinese", 1, processors, Locale.CHINESE);
        chinese.leasing.register();
        UUID id = fixture.enqueue();
        for (int lost = 1; lost <= ClaimRequest.LOST_WORKERS_CAP; lost++) {
            UUID dying = UUID.randomUUID();
            fixture.memory.register(ReadModelFactory.workerInfo(dying, "dying", "host", 1), EngineFixture.LEASE);
            fixture.memory.claim(
                    new ClaimRequest(dying, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(), ClaimRequest.LOST_WORKERS_CAP));
            fixture.passBeating(EngineFixture.LEASE.multipliedBy(2), chinese);
            chinese.takingOver.run();
            fixture.passBeating(EngineFixture.LEASE, chinese);
        }

        assertThat(fixture.job(id).errorMessage()).isEqualTo("任务已放弃：运行它的工作进程丢失了 3 次");
    }

    @Test
    void a_child_of_unknown_type_and_its_parent_fail_each_in_its_own_language() {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        JobType<String> unknown = JobType.of("unknown_task_type", String.class);
        NewJob english = NewJob.of(unknown, "x").parent(parent).locale(Locale.ENGLISH);
        jobs.enqueueAll(List.of(parent, english));

        Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null))
                .locale(Locale.CHINESE)
                .build()
                .drain();

        assertThat(jobs.find(english.id()).orElseThrow().errorMessage())
                .isEqualTo("Unknown job type: unknown_task_type");
        assertThat(jobs.find(parent.id()).orElseThrow().errorMessage())
                .isEqualTo("1 个子任务中有 1 个失败: Unknown job type: unknown_task_type");
    }
}
