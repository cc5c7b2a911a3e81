package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BaseProcessor;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two workers that look for jobs once an hour: whatever happens sooner they were told of. */
@DisplayName("With two workers that look once an hour,")
@Timeout(Patience.SECONDS_OF_A_TEST)
class SpawningOnEveryStoreTest {
    private static final JobType<String> FILM = JobType.of("film", String.class);
    private static final JobType<Integer> SHOT = JobType.of("shot", Integer.class);
    private static final JobType<String> CUT = JobType.of("cut", String.class);
    private static final JobType<Integer> NESTED = JobType.of("nested", Integer.class);
    private static final JobType<String> LINK = JobType.of("link", String.class);

    private static final int SHOTS = 5;
    private static final int DEPTH = 16;
    private static final Duration SOON = Patience.LONG;
    private static final Duration RARELY = Duration.ofHours(1);

    private final Map<Integer, Integer> runs = new ConcurrentHashMap<>();
    private final AtomicInteger films = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();
    private final Queue<String> links = new ConcurrentLinkedQueue<>();

    record Cut(List<Integer> shots) {}

    /** How a shot is taken. */
    @FunctionalInterface
    private interface Take {
        int run(int number, JobContext job) throws Exception;
    }

    private ProcessorRegistry processors(Take take) {
        BaseProcessor<Integer, Integer> shot = new BaseProcessor<>(SHOT) {
            @Override
            protected Integer process(Integer number, JobContext job) throws Exception {
                runs.merge(number, 1, Integer::sum);
                return take.run(number, job);
            }

            @Override
            public RetryPolicy retryPolicy() {
                return RetryPolicy.fixed(Duration.ZERO);
            }
        };
        return ProcessorRegistry.of(shot)
                .with(FILM, job -> {
                    films.incrementAndGet();
                    job.spawn(IntStream.range(0, SHOTS)
                            .mapToObj(number -> NewJob.of(SHOT, number))
                            .toList());
                    job.finishWith(NewJob.of(CUT, job.input(String.class)));
                    return new Cut(List.of());
                })
                .with(CUT, job -> {
                    cuts.incrementAndGet();
                    return new Cut(job.results(Integer.class).toList());
                });
    }

    private static Worker start(JobStore store, ProcessorRegistry processors, int concurrency) {
        return Worker.of(store, processors)
                .pollInterval(RARELY)
                .concurrency(concurrency)
                .start();
    }

    private static Job ended(JobClient jobs, UUID id, JobStatus as) throws InterruptedException {
        Job job = jobs.await(id, SOON).orElseThrow();
        assertThat(job.status()).as("%s", job).isEqualTo(as);
        return job;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("five children are spawned, one is tried twice, and the finisher sees their results in order")
    void family(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        CountDownLatch others = new CountDownLatch(SHOTS - 1);
        ProcessorRegistry processors = processors((number, job) -> {
            if (number == 1 && job.attempt() == 1) {
                throw JobException.retryable("Too dark");
            }
            if (number == 0) {
                assertThat(others.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } else {
                others.countDown();
            }
            return 10 * number;
        });
        try (Worker one = start(store, processors, SHOTS);
                Worker other = start(store, processors, SHOTS)) {
            NewJob film = NewJob.of(FILM, "Dawn");
            jobs.enqueue(film);

            Job done = ended(jobs, film.id(), JobStatus.COMPLETED);

            assertThat(jobs.resultOf(done, Cut.class)).contains(new Cut(List.of(0, 10, 20, 30, 40)));
            assertThat(done.progress().percent()).isEqualTo(100);
            assertThat(jobs.children(film.id())).extracting(Job::attempt).containsExactly(1, 2, 1, 1, 1);
            assertThat(runs).isEqualTo(Map.of(0, 1, 1, 2, 2, 1, 3, 1, 4, 1));
            assertThat(films).hasValue(1);
            assertThat(cuts).hasValue(1);
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(1 + SHOTS + 1);
            assertThat(List.of(one, other))
                    .allSatisfy(worker -> assertThat(worker.health().reasons()).isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("both run children that one of them has spawned")
    void both_are_told(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        CountDownLatch bothRun = new CountDownLatch(2);
        // Each has room for one: two at a time are two workers.
        ProcessorRegistry processors = processors((number, job) -> {
            bothRun.countDown();
            assertThat(bothRun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            return number;
        });
        try (Worker one = start(store, processors, 1);
                Worker other = start(store, processors, 1)) {
            NewJob film = NewJob.of(FILM, "Dawn");
            jobs.enqueue(film);

            Job done = ended(jobs, film.id(), JobStatus.COMPLETED);

            assertThat(jobs.resultOf(done, Cut.class)).contains(new Cut(List.of(0, 1, 2, 3, 4)));
            assertThat(one).isNotEqualTo(other);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a family fails at the end, and its retry repeats what failed and the finisher only")
    void failure_and_retry(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        AtomicInteger light = new AtomicInteger();
        ProcessorRegistry processors = processors((number, job) -> {
            if (number == 3 && light.get() == 0) {
                throw JobException.user("blurred", "Shot 3 is blurred");
            }
            return 10 * number;
        });
        try (Worker one = start(store, processors, SHOTS);
                Worker other = start(store, processors, SHOTS)) {
            NewJob film = NewJob.of(FILM, "Dawn").onChildFailure(ChildFailurePolicy.FAIL_AT_END);
            jobs.enqueue(film);

            Job failed = ended(jobs, film.id(), JobStatus.FAILED);

            assertThat(failed.errorCode()).isEqualTo("child_failed");
            assertThat(failed.errorMessage()).isEqualTo("1 of 5 child jobs failed: Shot 3 is blurred");
            assertThat(jobs.children(film.id()))
                    .extracting(Job::status)
                    .containsExactly(
                            JobStatus.COMPLETED,
                            JobStatus.COMPLETED,
                            JobStatus.COMPLETED,
                            JobStatus.FAILED,
                            JobStatus.COMPLETED);
            assertThat(cuts).hasValue(0);
            assertThat(store.scan(JobQuery.all().status(JobStatus.CANCELLED)))
                    .extracting(Job::type)
                    .containsExactly(CUT.name());

            light.set(1);
            assertThat(jobs.retry(film.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);

            Job done = ended(jobs, film.id(), JobStatus.COMPLETED);
            assertThat(jobs.resultOf(done, Cut.class)).contains(new Cut(List.of(0, 10, 20, 30, 40)));
            assertThat(runs).isEqualTo(Map.of(0, 1, 1, 1, 2, 1, 3, 2, 4, 1));
            assertThat(films).hasValue(1);
            assertThat(cuts).hasValue(1);
            assertThat(List.of(one, other))
                    .allSatisfy(worker -> assertThat(worker.health().reasons()).isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a graph of one line runs in order, and each job reads what the one before returned")
    void graph(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors = ProcessorRegistry.of().with(LINK, job -> {
            String name = job.input(String.class);
            links.add(name);
            return job.predecessors().stream()
                            .map(before -> job.resultOf(before, String.class).orElseThrow())
                            .reduce("", String::concat)
                    + name;
        });
        try (Worker one = start(store, processors, 1);
                Worker other = start(store, processors, 1)) {
            NewJob a = NewJob.of(LINK, "a");
            NewJob b = NewJob.of(LINK, "b").after(a);
            NewJob c = NewJob.of(LINK, "c").after(b);
            jobs.enqueueAll(List.of(c, a, b));

            Job done = ended(jobs, c.id(), JobStatus.COMPLETED);

            assertThat(jobs.resultOf(done, String.class)).contains("abc");
            assertThat(links).containsExactly("a", "b", "c");
            assertThat(jobs.predecessors(c.id())).extracting(Job::id).containsExactly(b.id());
            assertThat(one).isNotEqualTo(other);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a job spawns one that spawns one, 16 deep, and all end with the last")
    void deep(AnyStore kind) throws InterruptedException {
        JobStore store = kind.empty();
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors = ProcessorRegistry.of().with(NESTED, job -> {
            int level = job.input(Integer.class);
            if (level < DEPTH) {
                job.spawn(NewJob.of(NESTED, level + 1));
            }
            return level;
        });
        try (Worker one = start(store, processors, 1);
                Worker other = start(store, processors, 1)) {
            UUID top = jobs.enqueue(NewJob.of(NESTED, 0)).id();

            ended(jobs, top, JobStatus.COMPLETED);

            UUID at = top;
            for (int level = 1; level <= DEPTH; level++) {
                List<Job> children = jobs.children(at).toList();
                assertThat(children).hasSize(1);
                assertThat(children.get(0).status()).isEqualTo(JobStatus.COMPLETED);
                assertThat(jobs.resultOf(children.get(0), Integer.class)).contains(level);
                at = children.get(0).id();
            }
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(DEPTH + 1);
            assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                    .isEqualTo(DEPTH + 1);
            assertThat(one).isNotEqualTo(other);
        }
    }
}
