package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.Reason;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Asking why a job does not run")
class WhyBesideLocksTest {
    private static final JobType<String> TYPE = JobType.of("report", String.class);

    @ParameterizedTest
    @EnumSource(names = "SQLITE", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("says at once that another transaction has locked its row, which no worker says")
    void locked(TestDatabase kind) throws Exception {
        WatchedDataSource database = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x"));
        Sql.run(database, "UPDATE job SET run_at = " + kind.utc("2020-01-01 00:00:00"));
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET user_id = 'u' WHERE id = '" + id + "'");
            try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null))
                    .name("watcher")
                    .start()) {
                long begin = System.nanoTime();
                Diagnosis diagnosis = jobs.why(id);
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
                assertThat(diagnosis.first()).as("%s", diagnosis).isInstanceOf(Reason.RowLocked.class);
                host.rollback();
                assertThat(jobs.await(id, Duration.ofSeconds(20))).isPresent();
                assertThat(worker.health().reasons()).isEmpty();
            }
        }
        assertThat(jobs.why(id).first()).isInstanceOf(Reason.Ended.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("takes at most ten statements, whatever the job waits for")
    void statements(TestDatabase kind) {
        WatchedDataSource database = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        NewJob parent = NewJob.of(TYPE, "x");
        NewJob child = NewJob.of(TYPE, "x").parent(parent);
        NewJob successor = NewJob.of(TYPE, "x").after(parent);
        NewJob retried = NewJob.of(TYPE, "x").priority(9);
        jobs.enqueueAll(List.of(parent, child, successor, retried));
        UUID worker = Jobs.worker(store);
        store.settle(List.of(Settlement.retry(
                Claim.of(Jobs.claim(store, worker, 1).get(0)),
                JobError.user("busy", "the printer is busy"),
                Duration.ofHours(1))));
        assertThat(((Reason.NotDue) jobs.why(retried.id()).first()).detail()).isEqualTo("the printer is busy");
        Sql.run(database, "UPDATE job SET run_at = " + kind.utc("2020-01-01 00:00:00"));
        for (NewJob job : List.of(parent, child, successor, retried)) {
            database.statements().clear();
            jobs.why(job.id());
            assertThat(database.statements().stream()
                            .filter(each ->
                                    each.strip().toUpperCase(Locale.ROOT).startsWith("SELECT")))
                    .hasSizeBetween(3, 10);
        }
    }
}
