package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.Reason;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Ten jobs that are stuck on purpose, on PostgreSQL")
class TenStuckJobsTest {
    private static final JobType<String> TYPE = JobType.of("report", String.class);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final WatchedDataSource database =
            new WatchedDataSource(TestDatabase.POSTGRESQL.migrated(), connection -> {});
    private final JdbcJobStore store = JdbcJobStore.of(database);
    private final JobClient jobs = JobClient.of(store);
    private final Map<String, Class<? extends Reason>> said = new LinkedHashMap<>();

    private UUID serving(String name, String queue, String type, int concurrency) {
        UUID id = UUID.randomUUID();
        store.register(
                ReadModelFactory.workerInfo(
                        id,
                        name,
                        "host",
                        1,
                        ReadModelFactory.workerServes(List.of(queue), List.of(type), false, concurrency),
                        null,
                        null),
                LONG);
        return id;
    }

    private UUID enqueued(NewJob job) {
        return jobs.enqueue(job).id();
    }

    private void why(String stuck, UUID id) {
        Diagnosis diagnosis = jobs.why(id);
        System.out.println(stuck + ": " + diagnosis);
        said.put(stuck, diagnosis.first().getClass());
    }

    @Test
    @DisplayName("are each explained by the reason that keeps them")
    void explained() throws Exception {
        UUID busy = serving("busy-worker", "busy", "report", 1);
        serving("reports-worker", "reports", "report", 10);

        why("wrong queue", enqueued(NewJob.of(TYPE, "x").queue("report")));

        jobs.pauseQueue("reports", Pause.by("ada").because("the printer is out of paper"));
        UUID paused = enqueued(NewJob.of(TYPE, "x").queue("reports"));
        why("paused queue", paused);
        jobs.resumeQueue("reports");

        why("unsealed group", enqueued(NewJob.of(TYPE, "x").unsealed()));

        NewJob first = NewJob.of(TYPE, "x").queue("first");
        NewJob next = NewJob.of(TYPE, "x").queue("reports").after(first);
        jobs.enqueueAll(List.of(first, next));
        UUID failing = serving("failing-worker", "first", "report", 1);
        store.settle(List.of(Settlement.fail(
                Claim.of(store.claim(request(failing, "first")).get(0)),
                JobError.user("no_paper", "There is no paper left"),
                Locale.ENGLISH)));
        why("predecessor failed", next.id());

        enqueued(NewJob.of(TYPE, "x").queue("busy"));
        store.claim(request(busy, "busy"));
        why("all slots busy", enqueued(NewJob.of(TYPE, "x").queue("busy")));

        why("deferred", enqueued(NewJob.of(TYPE, "x").queue("reports").delay(Duration.ofHours(2))));

        why(
                "unknown type",
                enqueued(NewJob.of(JobType.of("raport", String.class), "x").queue("reports")));

        UUID dying = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(dying, "dying-worker", "host", 1), Duration.ofSeconds(1));
        UUID held = enqueued(NewJob.of(TYPE, "x").queue("dying"));
        store.claim(request(dying, "dying"));
        Sql.run(
                database,
                "UPDATE job_worker SET lease_until = now() - interval '5 seconds' WHERE name = 'dying-worker'");
        why("dead worker", held);

        UUID suspects = serving("suspects-worker", "suspects", "report", 10);
        UUID running = enqueued(NewJob.of(TYPE, "x").queue("suspects"));
        UUID suspect = enqueued(NewJob.of(TYPE, "x").queue("suspects"));
        Sql.run(database, "UPDATE job SET lost_workers = 2 WHERE queue = 'suspects'");
        assertThat(store.claim(request(suspects, "suspects"))).hasSize(1);
        why("suspect", isPending(running) ? running : suspect);

        UUID locked = enqueued(NewJob.of(TYPE, "x").queue("reports"));
        Sql.run(database, "UPDATE job SET run_at = now() - interval '3 seconds' WHERE id = '" + locked + "'");
        try (Connection other = database.getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.executeUpdate("UPDATE job SET project_id = 'p' WHERE id = '" + locked + "'");
            why("locked row", locked);
            other.rollback();
        }

        assertThat(said)
                .isEqualTo(Map.of(
                        "wrong queue", Reason.QueueUnserved.class,
                        "paused queue", Reason.QueuePaused.class,
                        "unsealed group", Reason.GroupUnsealed.class,
                        "predecessor failed", Reason.Ended.class,
                        "all slots busy", Reason.SlotsBusy.class,
                        "deferred", Reason.NotDue.class,
                        "unknown type", Reason.TypeUnknown.class,
                        "dead worker", Reason.WorkerDead.class,
                        "suspect", Reason.LastTry.class,
                        "locked row", Reason.RowLocked.class));
    }

    private boolean isPending(UUID id) {
        return jobs.find(id).orElseThrow().status() == JobStatus.PENDING;
    }

    private static ClaimRequest request(UUID worker, String queue) {
        return new ClaimRequest(worker, List.of(queue), 1, Set.of(), 3);
    }
}
