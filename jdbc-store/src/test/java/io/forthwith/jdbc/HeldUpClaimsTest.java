package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process may be paused, or its network slow, at any moment of a claim. */
@DisplayName("While a claim is held up before it locks what it needs,")
class HeldUpClaimsTest {
    private static final JobType<String> CALL = JobType.of("call", String.class);
    private static final LimitKey KEY = new LimitKey("api", "key-1");
    private static final Duration PERIOD = Duration.ofHours(1);

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("another one starts a job, and the first one takes nothing of that back from the rate, on")
    void rate(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        LimitStore limits = store.limits().orElseThrow();
        limits.put(Limit.of(KEY.name()).rate(1, PERIOD));
        limits.pause(KEY, null, null);
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
        limits.pause(KEY, null, null);
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
}
