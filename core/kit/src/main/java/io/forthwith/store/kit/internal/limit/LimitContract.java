package io.forthwith.store.kit.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;

/** What the tests of limits share. They are skipped if the store has no limits. */
abstract class LimitContract {
    static final String TENANT = "tenant";
    static final String API = "api";
    static final LimitKey ACME = new LimitKey(TENANT, "acme");
    static final LimitKey BRAVO = new LimitKey(TENANT, "bravo");
    static final LimitKey KEY = new LimitKey(API, "key-1");
    static final Duration HOUR = Duration.ofHours(1);

    private static final JobType<Object> OTHER_TYPE = JobType.of("other", Object.class);
    private static final Set<String> TYPES = Set.of(StoreFixture.TYPE.name(), OTHER_TYPE.name());
    private static final int BATCH = 100;
    private static final int MOST_CLAIMS = 1_000;

    public abstract StoreFixture fixture();

    @BeforeEach
    final void hasLimits() {
        Assumptions.assumeTrue(fixture().store.limits().isPresent(), "This store has no limits");
    }

    final LimitStore limits() {
        return fixture().store.limits().orElseThrow();
    }

    static Limit atATime(int jobs) {
        return Limit.of(TENANT).concurrency(jobs);
    }

    final NewJob under(LimitKey... keys) {
        return under(fixture().job(), keys);
    }

    final NewJob otherType(LimitKey... keys) {
        return under(NewJob.of(OTHER_TYPE, "input"), keys);
    }

    private static NewJob under(NewJob job, LimitKey... keys) {
        NewJob limited = job;
        for (LimitKey key : keys) {
            limited = limited.limit(key.name(), key.key());
        }
        return limited;
    }

    /** Adds a job to run under these keys. */
    final NewJob add(LimitKey... keys) {
        return add(under(keys));
    }

    /** Adds one job by itself: it comes after those that are there. */
    final NewJob add(NewJob job) {
        fixture().add(job);
        return job;
    }

    final List<NewJob> add(int count, LimitKey... keys) {
        List<NewJob> jobs = Stream.generate(() -> under(keys)).limit(count).toList();
        fixture().addAll(jobs.toArray(NewJob[]::new));
        return jobs;
    }

    /** Claims until a claim finds nothing: limits may make a store give out less than it could. */
    final List<Job> claimAll() {
        return claimAll(BATCH);
    }

    final List<Job> claimAll(int limit) {
        return claimAll(request(limit));
    }

    final List<Job> claimAll(ClaimRequest request) {
        List<Job> all = new ArrayList<>();
        for (int claims = 0; claims < MOST_CLAIMS; claims++) {
            List<Job> claimed = fixture().store.claim(request);
            if (claimed.isEmpty()) {
                return all;
            }
            all.addAll(claimed);
        }
        throw new AssertionError("Claims do not come to an end: " + all.size() + " jobs");
    }

    /** Claims all jobs of some queues. */
    final List<Job> claimAllOf(String... queues) {
        return claimAll(new ClaimRequest(fixture().worker(), List.of(queues), BATCH, TYPES, StoreFixture.CAP, true));
    }

    /** Claims all jobs of one type. */
    final List<Job> claimAllOf(JobType<?> type) {
        return claimAll(new ClaimRequest(
                fixture().worker(), List.of(NewJob.DEFAULT_QUEUE), BATCH, Set.of(type.name()), StoreFixture.CAP, true));
    }

    final ClaimRequest request(int limit) {
        return new ClaimRequest(
                fixture().worker(), List.of(NewJob.DEFAULT_QUEUE), limit, TYPES, StoreFixture.CAP, false);
    }

    /** Claims all jobs but those of the other type, which are left to others. */
    final List<Job> claimAllLeavingOthers() {
        return claimAll(new ClaimRequest(
                fixture().worker(),
                List.of(NewJob.DEFAULT_QUEUE),
                BATCH,
                Set.of(StoreFixture.TYPE.name()),
                StoreFixture.CAP,
                false,
                null,
                Set.of(new QueuedType(NewJob.DEFAULT_QUEUE, OTHER_TYPE.name()))));
    }

    /** The jobs that start now are these, and only these. */
    final List<Job> starts(NewJob... jobs) {
        List<Job> started = claimAll();
        assertThat(started)
                .extracting(Job::id)
                .containsExactlyInAnyOrder(Arrays.stream(jobs).map(NewJob::id).toArray(UUID[]::new));
        return started;
    }

    /** This job starts now, and no other. */
    final Job startsOnly(NewJob job) {
        return starts(job).get(0);
    }

    final void startsNone() {
        starts();
    }

    final void complete(Job job) {
        assertThat(fixture().complete(job)).isEqualTo(Settled.APPLIED);
    }

    final void retry(Job job, Duration delay) {
        Settlement retry = Settlement.retry(Claim.of(job), JobError.retryable("again", "Again"), delay);
        assertThat(fixture().settle(retry)).isEqualTo(Settled.APPLIED);
    }

    /** Lets time pass; the lease of the worker may end, so another one goes on. */
    final void pass(Duration time) {
        fixture().age(time);
        fixture().newWorker();
    }

    final LimitState state(LimitKey key) {
        return limits().state(key);
    }

    static JobLimit limit(LimitKey key) {
        return new JobLimit(key, 1);
    }
}
