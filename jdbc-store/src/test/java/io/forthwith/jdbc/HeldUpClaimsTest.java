package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process may be paused, or its network slow, at any moment of a claim. */
@DisplayName("While a claim is held up before it locks what it needs,")
class HeldUpClaimsTest {
    private static final JobType<String> CALL = JobType.of("call", String.class);
    private static final LimitKey KEY = new LimitKey("api", "key-1");
    private static final Duration PERIOD = Duration.ofHours(1);
    private static final int SEQUENCES = 600;

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("another one starts a job, and the first one takes nothing of that back from the rate, on")
    void rate(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(KEY.name()).rate(1, PERIOD));
        limits.pause(KEY, Pause.of());
        limits.resume(KEY);
        JobClient client = JobClient.of(store);
        client.enqueue(NewJob.of(CALL, "").limit(KEY.name(), KEY.key()));
        client.enqueue(NewJob.of(CALL, "").limit(KEY.name(), KEY.key()));
        List<Job> started = new ArrayList<>();
        JobStore heldUp = JdbcJobStore.of(
                beforeLockOf("used_until", database, () -> started.addAll(Jobs.claim(store, Jobs.worker(store), 1))));

        assertThat(Jobs.claim(heldUp, Jobs.worker(heldUp), 1)).isEmpty();

        assertThat(started).hasSize(1);
        assertThat(limits.state(KEY).nextStart())
                .isEqualTo(started.get(0).startedAt().plus(PERIOD));
    }

    @ParameterizedTest
    @EnumSource(names = {"H2", "MARIADB"})
    @DisplayName("another one parks a job that it has found, and the first one starts it once, on")
    void parked(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(KEY.name()).concurrency(2));
        limits.pause(KEY, Pause.of());
        NewJob job = NewJob.of(CALL, "").limit(KEY.name(), KEY.key());
        JobClient.of(store).enqueue(job);
        JobStore heldUp = JdbcJobStore.of(beforeLockOf("input_data", database, () -> {
            assertThat(Jobs.claim(store, Jobs.worker(store), 1)).isEmpty();
            limits.resume(KEY);
        }));

        assertThat(Jobs.claim(heldUp, Jobs.worker(heldUp), 2))
                .extracting(Job::id)
                .containsExactly(job.id());
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("another one starts jobs of other keys, although the first one has locked the oldest notes, on")
    void notes(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of(KEY.name()).concurrency(1));
        JobClient client = JobClient.of(store);
        int keys = 30;
        for (int i = 0; i < 2 * keys; i++) {
            client.enqueue(NewJob.of(CALL, "").limit(KEY.name(), "key-" + i % keys));
        }
        List<Job> running = Jobs.claim(store, Jobs.worker(store), 2 * keys);
        assertThat(running).hasSize(keys);
        store.settle(Jobs.completed(running));
        List<Job> started = new ArrayList<>();
        JobStore heldUp = JdbcJobStore.of(
                beforeLockOf("used_until", database, () -> started.addAll(Jobs.claim(store, Jobs.worker(store), 1))));

        started.addAll(Jobs.claim(heldUp, Jobs.worker(heldUp), 1));

        assertThat(started).hasSize(2);
    }

    private static DataSource beforeLockOf(String column, DataSource database, Runnable meanwhile) {
        return HeldUpDataSource.before(
                statement -> statement.contains(column) && statement.contains("SKIP LOCKED"), database, meanwhile);
    }

    /** Each claim that takes a job of each key leaves none for the next one. */
    @Test
    @DisplayName(
            "others settle the jobs behind which it parks all that it has found: claims are half as large then, and ask for the rest at once")
    void parkedInVain() {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        JobStore store = JdbcJobStore.of(database);
        UUID worker = Jobs.worker(store);
        enqueueOneOfEach(store);
        List<Job> first = Jobs.claim(store, worker, ClaimRequest.MOST_JOBS);
        assertThat(first).hasSize(SEQUENCES);
        enqueueOneOfEach(store);
        JobStore heldUp = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> statement.contains("parked_under = s.under"),
                database,
                () -> store.settle(Jobs.completed(first))));

        List<Job> second = Jobs.claim(heldUp, worker, ClaimRequest.MOST_JOBS);

        assertThat(second).as("parked, and lifted by the same claim").hasSize(SEQUENCES);
        enqueueOneOfEach(store);
        heldUp.settle(Jobs.completed(second));
        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription ignored = heldUp.onAdded(told::incrementAndGet)) {
            assertThat(Jobs.claim(heldUp, worker, ClaimRequest.MOST_JOBS)).hasSize(ClaimRequest.MOST_JOBS / 2);
        }
        assertThat(told).as("workers were told of the others").hasPositiveValue();
        assertThat(heldUp.limits().orElseThrow().untilNextStart()).isEqualTo(Duration.ZERO);
        assertThat(Jobs.claim(heldUp, worker, ClaimRequest.MOST_JOBS)).hasSize(SEQUENCES - ClaimRequest.MOST_JOBS / 2);
    }

    private static void enqueueOneOfEach(JobStore store) {
        JobClient.of(store)
                .enqueueAll(IntStream.range(0, SEQUENCES)
                        .mapToObj(i -> NewJob.of(CALL, "").sequence("s" + i))
                        .toList());
    }
}
