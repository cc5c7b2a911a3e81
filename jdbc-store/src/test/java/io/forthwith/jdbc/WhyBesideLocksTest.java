package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.Reason;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
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
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(TYPE, "x")).id();
        Sql.run(database, "UPDATE job SET run_at = " + kind.utc("2020-01-01 00:00:00"));
        try (Connection host = database.getConnection();
                Statement statement = host.createStatement()) {
            host.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET user_id = 'u' WHERE id = '" + id + "'");
            try (Worker worker = Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> null))
                    .name("watcher")
                    .start()) {
                // The host rolls back only after the answer.
                Diagnosis diagnosis = Patience.answerOf(() -> jobs.why(id));
                assertThat(diagnosis.first()).as("%s", diagnosis).isInstanceOf(Reason.RowLocked.class);
                host.rollback();
                assertThat(jobs.await(id, Patience.LONG)).isPresent();
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
            assertAtMostTen(database, jobs, job);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "takes at most ten statements also if all slots are busy, other jobs go first, and the store estimates how long they take")
    void statementsOfBusyWorker(TestDatabase kind) {
        WatchedDataSource database = new WatchedDataSource(kind.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        UUID worker = busyWorker(store);
        NewJob retried = NewJob.of(TYPE, "x").priority(1);
        jobs.enqueue(retried);
        store.settle(List.of(Settlement.retry(
                Claim.of(Jobs.claim(store, worker, 1).get(0)),
                JobError.user("busy", "the printer is busy"),
                Duration.ZERO)));
        jobs.enqueue(NewJob.of(TYPE, "x"));
        assertThat(Jobs.claim(store, worker, 1)).hasSize(1);
        jobs.enqueueAll(List.of(NewJob.of(TYPE, "x"), NewJob.of(TYPE, "x")));
        Sql.run(
                database,
                "UPDATE job SET run_at = " + kind.utc("2020-01-01 00:00:00.000000") + " WHERE id = '" + retried.id()
                        + "'");
        Instant minute = Objects.requireNonNull(jobs.why(retried.id()).at()).truncatedTo(ChronoUnit.MINUTES);
        store.outcomes().orElseThrow().record(UUID.randomUUID(), List.of(ended(minute)), List.of());

        Diagnosis diagnosis = assertAtMostTen(database, jobs, retried);

        assertThat(diagnosis.first()).isInstanceOf(Reason.SlotsBusy.class);
        assertThat(diagnosis.find(Reason.Behind.class))
                .get()
                .satisfies(behind -> assertThat(behind.jobs()).isEqualTo(2))
                .satisfies(behind -> assertThat(behind.estimate()).isNotNull());
    }

    private static UUID busyWorker(JdbcJobStore store) {
        UUID id = UUID.randomUUID();
        WorkerInfo.Serves serves =
                ReadModelFactory.workerServes(List.of(NewJob.DEFAULT_QUEUE), List.of(TYPE.name()), false, 1);
        store.register(
                ReadModelFactory.workerInfo(id, "busy", "localhost", 1, serves, "1", null), Duration.ofMinutes(10));
        return id;
    }

    private static JobOutcomes ended(Instant minute) {
        return ReadModelFactory.jobOutcomes(
                minute,
                JobOutcomes.MINUTE,
                NewJob.DEFAULT_QUEUE,
                TYPE.name(),
                JobOutcomes.Outcome.COMPLETED,
                10,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
    }

    private static Diagnosis assertAtMostTen(WatchedDataSource database, JobClient jobs, NewJob job) {
        database.statements().clear();
        Diagnosis diagnosis = jobs.why(job.id());
        // Another thread may still tell workers of the jobs that were enqueued.
        assertThat(database.statements().stream()
                        .filter(each -> !each.startsWith("SELECT set_config('synchronous_commit'"))
                        .filter(each -> each.toUpperCase(Locale.ROOT).contains("SELECT")))
                .hasSizeBetween(3, 10);
        return diagnosis;
    }
}
