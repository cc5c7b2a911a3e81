package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.store.WorkerInfo;
import io.forthwith.store.WorkerLoad;
import io.forthwith.store.WorkerState;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The row of a worker")
class WorkerRowsTest {
    private static final Duration LEASE = Duration.ofMinutes(10);

    private static WorkerInfo info() {
        return new WorkerInfo(
                UUID.randomUUID(),
                "w",
                "host",
                1,
                new WorkerInfo.Serves(List.of("a", "b"), List.of("t"), true, 3),
                "1",
                new WorkerInfo.Schedules("shop", 1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "takes one statement to write with a heartbeat, which reads cancellations by another if it holds jobs, and two to register")
    void statements(TestDatabase kind) {
        WatchedDataSource database = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        // The first worker of a store also compares the schema.
        Jobs.worker(store);
        WorkerInfo info = info();
        int before = database.statements().size();

        store.register(info, LEASE);
        List<String> registering = List.copyOf(
                database.statements().subList(before, database.statements().size()));
        store.beat(info.id(), LEASE, new WorkerLoad(1, true));
        List<String> beating = List.copyOf(database.statements()
                .subList(before + registering.size(), database.statements().size()));

        store.beat(info.id(), LEASE, WorkerLoad.NONE);
        List<String> beatingIdly = List.copyOf(database.statements()
                .subList(
                        before + registering.size() + beating.size(),
                        database.statements().size()));

        // As many as before workers said what they serve.
        assertThat(registering)
                .as(
                        "the beginning, the version of the schema, an update in case it is a repetition, the row, the commit")
                .hasSizeLessThanOrEqualTo(5)
                .filteredOn(each -> each.toLowerCase(Locale.ROOT).contains("job_worker"))
                .hasSize(2);
        assertThat(beating)
                .as("one statement renews the lease, one reads the jobs to cancel")
                .hasSize(2);
        assertThat(beatingIdly).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that the library of the version before has written says nothing that is not known, and it beats on")
    void older_version(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID older = UUID.randomUUID();
        Sql.run(
                database,
                "INSERT INTO job_worker (id, name, host, pid, started_at, lease_until) VALUES ('" + older
                        + "', 'older', 'host', 1, " + kind.utc("2020-01-01 00:00:00") + ", "
                        + kind.utc("2020-01-01 00:01:00") + ")");
        assertThat(store.workers())
                .singleElement()
                .satisfies(worker -> assertThat(worker.isAlive()).isFalse());

        Sql.run(
                database,
                "UPDATE job_worker SET lease_until = " + kind.utc("2999-01-01 00:00:00") + " WHERE id = '" + older
                        + "'");

        WorkerState state = store.workers().get(0);
        assertThat(state.info()).isEqualTo(new WorkerInfo(older, "older", "host", 1));
        assertThat(state.load()).isNull();
        assertThat(state.lastBeatAt()).isNull();
        assertThat(state.startedAt()).hasToString("2020-01-01T00:00:00Z");
        assertThat(state.leaseEndsAt()).hasToString("2999-01-01T00:00:00Z");
        assertThat(state.isAlive()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that another program has changed is read as far as it makes sense")
    void changed_by_hand(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        WorkerInfo info = info();
        store.register(info, LEASE);

        Sql.run(
                database,
                "UPDATE job_worker SET queues = ',,a b,,', types = '', running = -5, concurrency = -1,"
                        + " only_types = NULL, schedule_version = NULL, library_version = ''");

        assertThat(store.workers()).singleElement().satisfies(worker -> {
            assertThat(worker.info().serves()).isEqualTo(new WorkerInfo.Serves(List.of("a b"), List.of(), false, -1));
            assertThat(worker.load()).isEqualTo(WorkerLoad.NONE);
            assertThat(worker.info().schedules()).isNull();
            assertThat(worker.info().libraryVersion()).isEmpty();
        });
        if (kind != TestDatabase.POSTGRESQL) {
            Sql.run(database, "UPDATE job_worker SET id = 'nobody'");
            assertThat(store.workers()).isEmpty();
        }
    }
}
