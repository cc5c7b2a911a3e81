package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/**
 * Many threads claim and settle jobs under a few keys with 1 to 3 permits; one cancels jobs, and one pauses keys. After each claim the rows of the
 * store tell which jobs run.
 */
final class LimitRace {
    private static final int WORKERS = 8;
    /** 200, unless tests of contention repeat less than by default. */
    private static final int JOBS = Math.min(200, 40 + 16 * RacingThreads.REPETITIONS);

    private static final int KEYS = 20;
    private static final int CANCELLED = 40;
    private static final int PAUSES = 20;
    private static final int MOST_PERMITS = 3;
    private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();

    private final StoreFixture fixture;
    private final LimitStore limits;
    private final long seed;
    private final List<LimitKey> keys = new ArrayList<>();
    private final List<NewJob> jobs = new ArrayList<>();

    private volatile boolean hasFailed;

    LimitRace(StoreFixture fixture, LimitStore limits, long seed) {
        this.fixture = fixture;
        this.limits = limits;
        this.seed = seed;
        Random random = new Random(seed);
        for (int i = 0; i < KEYS; i++) {
            keys.add(new LimitKey("permits-" + (1 + i % MOST_PERMITS), "key-" + i));
        }
        for (int i = 0; i < JOBS; i++) {
            jobs.add(job(random));
        }
    }

    /** Under one key, or under two of different limits in any order. */
    private NewJob job(Random random) {
        int first = random.nextInt(KEYS);
        LimitKey key = keys.get(first);
        NewJob job = fixture.job().limit(key.name(), key.key()).priority(random.nextInt(3));
        if (random.nextInt(4) == 0) {
            LimitKey other = keys.get((first + 1) % KEYS);
            return other.name().equals(key.name()) ? job : job.limit(other.name(), other.key());
        }
        return job;
    }

    void play() {
        for (int permits = 1; permits <= MOST_PERMITS; permits++) {
            limits.put(Limit.of("permits-" + permits).concurrency(permits));
        }
        fixture.addAll(jobs.toArray(NewJob[]::new));
        List<UUID> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS + 1; i++) {
            workers.add(fixture.register());
        }

        RacingThreads.race(WORKERS + 2, thread -> () -> {
            try {
                run(thread, workers, new Random(seed + thread));
            } catch (RuntimeException | Error thrown) {
                hasFailed = true;
                throw thrown;
            }
            return true;
        });

        assertAllHaveEnded();
    }

    private void run(int thread, List<UUID> workers, Random random) {
        if (thread < WORKERS) {
            work(workers.get(thread), random);
        } else if (thread == WORKERS) {
            cancel(random);
        } else {
            pause(workers.get(WORKERS), random);
        }
    }

    /** Claims and settles until all jobs have ended, or another thread has failed. */
    private void work(UUID worker, Random random) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        List<Job> claimed;
        do {
            claimed = fixture.claimAs(worker, 1 + random.nextInt(5));
            assertNoneIsAbove();
            assertThat(fixture.settleAll(
                            claimed.stream().map(job -> settlement(job, random)).toList()))
                    .as("seed %s", seed)
                    .isSubsetOf(Settled.APPLIED, Settled.CANCELLED);
            assertThat(System.nanoTime())
                    .as(() -> "Jobs that never start: " + open())
                    .isLessThan(end);
        } while (!hasFailed && (!claimed.isEmpty() || !open().isEmpty()));
    }

    private static Settlement settlement(Job job, Random random) {
        Claim claim = Claim.of(job);
        return switch (random.nextInt(6)) {
            case 0 -> Settlement.retry(claim, JobError.retryable("again", "Again"), Duration.ZERO);
            case 1 -> Settlement.giveBack(claim);
            case 2 -> Settlement.completeAndDelete(claim, null);
            default -> Settlement.complete(claim, null);
        };
    }

    private void cancel(Random random) {
        for (int i = 0; i < CANCELLED; i++) {
            fixture.cancel(jobs.get(random.nextInt(JOBS)));
        }
    }

    private void pause(UUID worker, Random random) {
        for (int i = 0; i < PAUSES; i++) {
            LimitKey key = keys.get(random.nextInt(KEYS));
            limits.pause(key, Pause.by("ada"));
            List<Job> claimed = fixture.claimAs(worker, 3);
            assertThat(claimed.stream().flatMap(job -> job.limits().stream()))
                    .as("claimed while it is paused")
                    .noneMatch(limit -> limit.key().equals(key));
            assertThat(limits.resume(key).wasPaused()).isTrue();
            fixture.settleAll(claimed.stream()
                    .map(job -> Settlement.giveBack(Claim.of(job)))
                    .toList());
        }
    }

    /** One query is one consistent read. */
    private void assertNoneIsAbove() {
        Map<LimitKey, Integer> running = new HashMap<>();
        for (Job job : fixture.store.scan(JobQuery.all().status(JobStatus.PROCESSING))) {
            for (JobLimit limit : job.limits()) {
                running.merge(limit.key(), 1, Integer::sum);
            }
        }
        running.forEach((key, count) -> assertThat(count)
                .as("jobs that run under %s, seed %s", key, seed)
                .isLessThanOrEqualTo(permits(key)));
    }

    private static int permits(LimitKey key) {
        return Integer.parseInt(key.name().substring("permits-".length()));
    }

    private List<Job> open() {
        return fixture.store.scan(JobQuery.all().open());
    }

    private void assertAllHaveEnded() {
        assertThat(open()).as("seed %s", seed).isEmpty();
        for (NewJob job : jobs) {
            assertThat(fixture.store.find(job.id()).map(Job::status))
                    .as("%s, seed %s; a deleted one has completed", job, seed)
                    .isIn(Optional.empty(), Optional.of(JobStatus.COMPLETED), Optional.of(JobStatus.CANCELLED));
        }
        for (LimitKey key : keys) {
            LimitState state = limits.state(key);
            assertThat(state.running()).as("%s", state).isEmpty();
            assertThat(state.waiting()).as("%s", state).isZero();
            assertThat(state.isFull()).as("%s", state).isFalse();
        }
    }
}
