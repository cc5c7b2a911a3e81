package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakenOver;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ContentionContract {
    private static final int THREADS = 8;
    private static final int REPETITIONS = RacingThreads.REPETITIONS;
    private static final int JOBS = 1_000 * REPETITIONS;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("8 threads claim thousands of jobs: none twice, none lost, never more than asked")
    void claims() {
        List<EncodedJob> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add(StoreFixture.encode(fixture().job()));
        }
        fixture().store.add(jobs);
        Map<UUID, Claim> seen = new ConcurrentHashMap<>();

        List<Integer> counts = RacingThreads.race(THREADS, thread -> () -> {
            UUID worker = fixture().register();
            int claimed = 0;
            int limit = 10 + thread * 20;
            for (List<Job> batch = fixture().claimAs(worker, limit);
                    !batch.isEmpty();
                    batch = fixture().claimAs(worker, limit)) {
                assertThat(batch).hasSizeLessThanOrEqualTo(limit);
                for (Job job : batch) {
                    assertThat(seen.put(job.id(), Claim.of(job)))
                            .as("job claimed twice")
                            .isNull();
                }
                claimed += batch.size();
            }
            return claimed;
        });

        // A thread may have found nothing while other threads had locked the last rows, but no job may be left.
        fixture().claim(100).forEach(job -> seen.put(job.id(), Claim.of(job)));
        assertThat(seen).hasSize(JOBS);
        assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isPositive();
        assertThat(fixture().store.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                .isEqualTo(JOBS);
    }

    @Test
    @DisplayName("8 threads add one unique key: one job is added and all answer with it")
    void uniqueKey() {
        for (int i = 0; i < REPETITIONS; i++) {
            String key = "key-" + i;
            List<Added> answers = RacingThreads.race(
                    THREADS, thread -> () -> fixture().add(fixture().job().uniqueKey(key)));

            assertThat(answers)
                    .extracting(Added::id)
                    .containsOnly(answers.get(0).id());
            assertThat(answers)
                    .filteredOn(answer -> answer.outcome() == Added.Outcome.ADDED)
                    .hasSize(1);
        }
        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(REPETITIONS);
    }

    @Test
    @DisplayName("8 threads add one id: one job is added")
    void sameId() {
        for (int i = 0; i < REPETITIONS; i++) {
            NewJob job = fixture().job();
            List<Added> answers =
                    RacingThreads.race(THREADS, thread -> () -> fixture().add(job));

            assertThat(answers).extracting(Added::id).containsOnly(job.id());
            assertThat(answers)
                    .filteredOn(answer -> answer.outcome() == Added.Outcome.ADDED)
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("8 threads add the same jobs with the same keys in different orders: no deadlock, none twice")
    void sameJobsInAnyOrder() {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            jobs.add(fixture().job().uniqueKey("k" + i));
        }
        RacingThreads.race(THREADS, thread -> () -> {
            List<NewJob> shuffled = new ArrayList<>(jobs);
            Collections.shuffle(shuffled, new Random(thread));
            return fixture().addAll(shuffled.toArray(NewJob[]::new));
        });

        assertThat(fixture().store.countByScan(JobQuery.all())).isEqualTo(50);
    }

    @Test
    @DisplayName("settling in batches and in any order does not deadlock with families, cancels and take-overs")
    void mixedFamilies() {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            NewJob grandparent = fixture().job().id(randomId(random));
            NewJob parent = fixture().childOf(grandparent).id(randomId(random));
            jobs.add(grandparent);
            jobs.add(parent);
            for (int child = 0; child < 6; child++) {
                jobs.add(fixture().childOf(parent).id(randomId(random)));
            }
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));
        List<Job> claimed = new ArrayList<>(fixture().claim(1_000));
        assertThat(claimed).hasSize(120);
        Collections.shuffle(claimed, random);

        RacingThreads.race(THREADS, thread -> () -> {
            List<Settlement> batch = new ArrayList<>();
            for (int c = thread; c < claimed.size(); c += THREADS) {
                Job job = claimed.get(c);
                if (c % 7 == 3) {
                    fixture().store.cancel(job.id(), Locale.ENGLISH);
                }
                batch.add(c % 5 == 1 ? StoreFixture.failure(job) : Settlement.complete(Claim.of(job), null));
                if (batch.size() == 5) {
                    fixture().settleAll(batch);
                    batch = new ArrayList<>();
                }
                fixture().takeOver();
            }
            return batch.isEmpty() ? List.of() : fixture().settleAll(batch);
        });

        for (NewJob job : jobs) {
            assertThat(fixture().status(job.id()).isFinal())
                    .as("seed %s: %s", seed, fixture().find(job.id()))
                    .isTrue();
        }
    }

    @Test
    @DisplayName("either the settlement or the take-over wins a race, and the answer says which")
    void settleAgainstTakeOver() {
        for (int i = 0; i < REPETITIONS; i++) {
            UUID id = fixture().added();
            UUID worker = fixture().register();
            Job job = fixture().claimAs(worker, 1).get(0);
            fixture().age(StoreFixture.LEASE.plusSeconds(1));

            List<Object> answers = RacingThreads.race(
                    2,
                    thread -> () ->
                            thread == 0 ? fixture().complete(job) : fixture().takeOver());

            boolean applied = answers.get(0) == Settled.APPLIED;
            assertThat(answers.get(0)).isIn(Settled.APPLIED, Settled.LOST);
            assertThat(fixture().status(id)).isEqualTo(applied ? JobStatus.COMPLETED : JobStatus.PENDING);
            assertThat((List<?>) answers.get(1)).hasSize(applied ? 0 : 1);
            fixture().store.cancel(id, Locale.ENGLISH);
        }
    }

    @Test
    @DisplayName("either the settlement or the cancel wins a race, and both answers say which")
    void settleAgainstCancel() {
        for (int i = 0; i < REPETITIONS; i++) {
            Job job = fixture().claimed();

            List<Object> answers = RacingThreads.race(
                    2,
                    thread -> () -> thread == 0
                            ? fixture().complete(job)
                            : fixture().store.cancel(job.id(), Locale.ENGLISH));

            boolean completed = answers.get(0) == Settled.APPLIED;
            assertThat(answers.get(0)).isIn(Settled.APPLIED, Settled.CANCELLED);
            assertThat(answers.get(1)).isEqualTo(completed ? ActResult.ENDED : ActResult.REQUESTED);
            assertThat(fixture().status(job.id())).isEqualTo(completed ? JobStatus.COMPLETED : JobStatus.CANCELLED);
        }
    }

    @Test
    @DisplayName("8 threads take over the same dead workers: each job is taken once")
    void takeOverAgainstTakeOver() {
        for (int i = 0; i < 5; i++) {
            fixture().added();
            fixture().claimAs(fixture().register(), 1);
        }
        fixture().age(StoreFixture.LEASE.plusSeconds(1));

        List<List<TakenOver>> taken =
                RacingThreads.race(THREADS, thread -> () -> fixture().takeOver());

        assertThat(taken.stream().flatMap(List::stream).map(TakenOver::jobId))
                .hasSize(5)
                .doesNotHaveDuplicates();
        assertThat(fixture().store.scan(JobQuery.all())).allSatisfy(job -> {
            assertThat(job.claim()).isEqualTo(2);
            assertThat(job.lostWorkers()).isEqualTo(1);
            assertThat(job.attempt()).isZero();
        });
    }

    @Test
    @DisplayName("beat against take-over: a worker that is told it lives has kept what it held")
    void beatAgainstTakeOver() {
        for (int i = 0; i < REPETITIONS; i++) {
            UUID id = fixture().added();
            UUID worker = fixture().register();
            fixture().claimAs(worker, 1);
            fixture().age(StoreFixture.LEASE.plusSeconds(1));

            List<Object> answers = RacingThreads.race(
                    2,
                    thread -> () -> thread == 0
                            ? fixture()
                                    .store
                                    .beat(worker, StoreFixture.LEASE, WorkerLoad.NONE)
                                    .alive()
                            : fixture().takeOver().size());

            boolean alive = answers.get(0).equals(true);
            assertThat(answers.get(1)).isEqualTo(alive ? 0 : 1);
            assertThat(fixture().status(id)).isEqualTo(alive ? JobStatus.PROCESSING : JobStatus.PENDING);
            fixture().store.deregister(worker);
            fixture().takeOver();
            fixture().store.cancel(id, Locale.ENGLISH);
        }
    }

    @Test
    @DisplayName("claim against take-over of the claiming worker: nothing stays with a worker that is gone")
    void claimAgainstTakeOver() {
        for (int i = 0; i < REPETITIONS; i++) {
            for (int j = 0; j < 5; j++) {
                fixture().added();
            }
            UUID worker = fixture().register();
            fixture().age(StoreFixture.LEASE.minus(Duration.ofMillis(2)));

            RacingThreads.race(2, thread -> () -> {
                List<TakenOver> taken = new ArrayList<>();
                for (int round = 0; round < 5; round++) {
                    if (thread == 0) {
                        fixture().claimAs(worker, 1);
                    } else {
                        taken.addAll(fixture().takeOver());
                    }
                }
                return taken;
            });

            if (!fixture()
                    .store
                    .beat(worker, StoreFixture.LEASE, WorkerLoad.NONE)
                    .alive()) {
                // What a claim that had begun before has committed since is found at the next look.
                fixture().takeOver();
                assertThat(fixture().store.held(worker))
                        .as("claimed for a worker that had been declared dead")
                        .isEmpty();
            }
            fixture().age(StoreFixture.LEASE.plusSeconds(1));
            fixture().takeOver();
            assertThat(fixture().store.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                    .isZero();
        }
    }

    private static UUID randomId(Random random) {
        return new UUID(random.nextLong(), random.nextLong());
    }
}
