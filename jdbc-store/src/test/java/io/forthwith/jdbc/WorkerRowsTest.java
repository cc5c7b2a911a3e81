package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Retention;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.TakeOverRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The row of a worker")
class WorkerRowsTest {
    private static final Duration LEASE = Duration.ofMinutes(10);

    private static WorkerInfo info() {
        return ReadModelFactory.workerInfo(
                UUID.randomUUID(),
                "w",
                "host",
                1,
                ReadModelFactory.workerServes(List.of("a", "b"), List.of("t"), true, 3),
                "1",
                ReadModelFactory.workerSchedules("shop", 1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "takes one statement to write with a heartbeat, which reads cancellations by another if it holds jobs, and three to register")
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
        store.beat(info.id(), LEASE, ReadModelFactory.workerLoad(1, true));
        List<String> beating = List.copyOf(database.statements()
                .subList(before + registering.size(), database.statements().size()));

        store.beat(info.id(), LEASE, WorkerLoad.NONE);
        List<String> beatingIdly = List.copyOf(database.statements()
                .subList(
                        before + registering.size() + beating.size(),
                        database.statements().size()));

        assertThat(registering)
                .as(
                        "the beginning, the version of the schema, an update in case it is a repetition, the row, its types, the commit")
                .hasSizeLessThanOrEqualTo(6)
                .filteredOn(each -> each.toLowerCase(Locale.ROOT).contains("job_worker"))
                .hasSize(3);
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

        RegisteredWorker state = store.workers().get(0);
        assertThat(state.info()).isEqualTo(ReadModelFactory.workerInfo(older, "older", "host", 1));
        assertThat(state.load()).isNull();
        assertThat(state.lastBeatAt()).isNull();
        assertThat(state.startedAt()).hasToString("2020-01-01T00:00:00Z");
        assertThat(state.leaseEndsAt()).hasToString("2999-01-01T00:00:00Z");
        assertThat(state.isAlive()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "that the library of the version before has written names types, and jobs of those that it names are left to that worker")
    void types_of_an_older_version(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        WorkerInfo info = info();
        store.register(info, LEASE);
        Set<QueuedType> asked = Set.of(new QueuedType("a", "t"), new QueuedType("c", "t"), new QueuedType("a", "T"));
        assertThat(store.servedByOthers(UUID.randomUUID(), asked)).containsExactly(new QueuedType("a", "t"));

        Sql.run(database, "DELETE FROM job_worker_type");

        assertThat(store.servedByOthers(UUID.randomUUID(), asked)).containsExactly(new QueuedType("a", "t"));
        assertThat(store.servedByOthers(info.id(), asked)).as("by itself only").isEmpty();
        assertThat(store.workers()).extracting(RegisteredWorker::info).containsExactly(info);
        Sql.run(database, "UPDATE job_worker SET types = 'other," + WorkerInfo.Serves.CUT + "'");
        assertThat(store.servedByOthers(UUID.randomUUID(), asked))
                .as("it may be among those that were cut")
                .isEmpty();
        Sql.run(database, "UPDATE job_worker SET types = NULL");
        assertThat(store.servedByOthers(UUID.randomUUID(), asked))
                .as("it says nothing")
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "goes with the rows of its types, and those that a worker of an older version leaves behind are purged")
    void types_go(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        WorkerInfo first = info();
        WorkerInfo second = info();
        WorkerInfo third = info();
        List.of(first, second, third).forEach(each -> store.register(each, LEASE));
        String types = "SELECT worker_id FROM job_worker_type";
        assertThat(Sql.query(database, types)).hasSize(3);

        store.deregister(first.id());
        assertThat(Sql.query(database, types)).hasSize(2);
        Sql.run(
                database,
                "UPDATE job_worker SET lease_until = " + kind.utc("2020-01-01 00:00:00") + " WHERE id = '" + second.id()
                        + "'");
        store.takeOver(new TakeOverRequest(3, Duration.ofSeconds(1), Locale.ENGLISH));
        assertThat(Sql.query(database, types)).hasSize(1);
        Sql.run(database, "DELETE FROM job_worker");
        store.purge(Retention.DEFAULT, 100);

        assertThat(Sql.query(database, types)).isEmpty();
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
            assertThat(worker.info().serves())
                    .isEqualTo(ReadModelFactory.workerServes(List.of("a b"), List.of(), false, -1));
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
