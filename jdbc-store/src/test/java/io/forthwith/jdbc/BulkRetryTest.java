package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Retrying many jobs by hand, beyond the contract,")
class BulkRetryTest {
    private static final int MANY = 10_000;

    @Test
    @Tag("slow")
    @DisplayName(
            "takes less than a statement for fifty jobs on PostgreSQL, and none runs twice although all fail again at once")
    void many() {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        WatchedDataSource watched = new WatchedDataSource(database, connection -> {});
        JobClient jobs = JobClient.of(JdbcJobStore.of(watched));
        addFailed(database, store);
        Map<UUID, AtomicInteger> runs = new ConcurrentHashMap<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, job -> {
            runs.computeIfAbsent(job.id(), id -> new AtomicInteger()).incrementAndGet();
            throw JobException.user("still_broken", "It is still broken");
        });

        BulkResult retried;
        long statements;
        try (Worker worker = Worker.of(store, processors).start()) {
            assertThat(worker.health().reasons()).isEmpty();
            watched.statements().clear();
            retried = jobs.retryAll(JobQuery.all());
            statements = watched.statements().size();
            Awaitility.await()
                    .atMost(Patience.LONG.multipliedBy(2))
                    .until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.FAILED)) == MANY);
        }

        assertThat(retried).isEqualTo(ReadModelFactory.bulkResult(MANY, Map.of(), null));
        assertThat(statements).as("statements").isBetween(1L, MANY / 50L);
        assertThat(runs).hasSize(MANY);
        assertThat(runs.values()).extracting(AtomicInteger::get).containsOnly(1);
        assertThat(jobs.countByScan(JobQuery.all().errorCode("still_broken"))).isEqualTo(MANY);
    }

    @BestOfThree.Test
    @Tag("slow")
    @DisplayName("takes a few seconds for 10,000 on PostgreSQL")
    void quickly() throws Exception {
        DataSource database = TestPostgres.empty();
        JdbcJobStore store = JdbcJobStore.of(database);
        addFailed(database, store);

        long start = System.nanoTime();
        JobClient.of(store).retryAll(JobQuery.all());

        Duration took = Duration.ofNanos(System.nanoTime() - start);
        BestOfThree.inTime(() -> assertThat(took).isLessThan(Duration.ofSeconds(20)));
    }

    private static void addFailed(DataSource database, JdbcJobStore store) {
        store.add(Jobs.many(MANY));
        Sql.run(
                database,
                "UPDATE job SET status = 'failed', error_code = 'http_503', completed_at = now(), attempt = 5");
    }

    @ParameterizedTest
    // SQLite has no locked rows, only one writer.
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("skips jobs that another transaction has locked, counts them, and wakes workers that wait for jobs")
    void locked(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        List<EncodedJob> jobs = new ArrayList<>(Jobs.many(3));
        NewJob keyed = Jobs.job().uniqueKey("k");
        jobs.addAll(Jobs.encoded(keyed));
        store.add(jobs);
        Sql.run(database, "UPDATE job SET status = 'failed', completed_at = created_at");
        UUID plain = jobs.get(1).job().id();
        AtomicInteger told = new AtomicInteger();
        StoreHints.Subscription subscription = store.onAdded(told::incrementAndGet);
        // A listener begins with a hint.
        Awaitility.await().until(() -> !kind.tellsOthers() || store.hearsOthers());
        told.set(0);
        try (Connection locker = database.getConnection();
                Statement statement = locker.createStatement()) {
            locker.setAutoCommit(false);
            statement.executeUpdate(
                    "UPDATE job SET updated_at = updated_at WHERE id IN ('" + plain + "', '" + keyed.id() + "')");

            assertThat(store.retryPage(JobQuery.all()))
                    .isEqualTo(ReadModelFactory.bulkResult(2, Map.of(ActResult.Outcome.LOCKED, 2L), null));
            locker.rollback();
        }
        assertThat(told).hasValue(1);
        assertThat(store.retryPage(JobQuery.all())).isEqualTo(ReadModelFactory.bulkResult(2, Map.of(), null));
        assertThat(told).hasValue(2);
        assertThat(store.retryPage(JobQuery.all())).isEqualTo(BulkResult.NONE);
        assertThat(told).as("nothing was retried").hasValue(2);
        subscription.close();
    }
}
