package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.forthwith.BaseProcessor;
import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.Retention;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Rows that another program has written and no store would write, beside jobs that must not suffer from them. */
abstract class HostileRows {
    static final JobType<String> WORK = JobType.of("work", String.class);

    static final JobType<Order> ORDER = JobType.of("order", Order.class);
    static final Duration LONG = Patience.LONG;
    static final int NEIGHBOURS = 20;

    /** An input with a bit of everything. */
    record Order(
            @Nullable String item,
            @Nullable Integer amount,
            @Nullable Long total,
            @Nullable BigInteger big,
            @Nullable BigDecimal price,
            @Nullable Instant at,
            @Nullable Duration within,
            @Nullable Object more) {}

    static Worker worker(JobStore store) {
        return Worker.of(
                        store,
                        ProcessorRegistry.of(new Work())
                                .with(ORDER, job -> job.input(Order.class).item()))
                .lease(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(100))
                .start();
    }

    /** Does as its input says. */
    static final class Work extends BaseProcessor<String, String> {
        private final Step<String> pay = step("pay", String.class).undo((paid, key) -> {});
        private final Set<UUID> again = ConcurrentHashMap.newKeySet();

        Work() {
            super(WORK);
        }

        @Override
        protected String process(String behaviour, JobContext job) throws Exception {
            switch (behaviour) {
                case "step" -> {
                    return job.run(pay, key -> "paid");
                }
                case "fail" -> throw new IllegalStateException("no");
                case "retry" -> {
                    if (again.add(job.id())) {
                        throw JobException.retryable("once more").after(Duration.ZERO);
                    }
                }
                case "later" -> {
                    if (again.add(job.id())) {
                        throw new NotReadyException(Duration.ZERO, "wait");
                    }
                }
                default -> {}
            }
            return "done";
        }
    }

    static void assertNeighboursComplete(JobClient jobs) throws InterruptedException {
        List<UUID> neighbours = jobs
                .enqueueAll(IntStream.range(0, NEIGHBOURS)
                        .mapToObj(i -> NewJob.of(ORDER, new Order("x", i, (long) i, null, null, null, null, null)))
                        .toList())
                .stream()
                .map(Enqueued::id)
                .toList();
        for (UUID id : neighbours) {
            assertThat(jobs.await(id, LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
    }

    /** Everything that a person may do with many jobs, or with these jobs. */
    static void assertLookable(DataSource database, JobStore store, Set<UUID> hostile) {
        JobClient jobs = JobClient.of(store);
        assertThat(store.scan(JobQuery.all().atMost(1_000))).hasSizeGreaterThanOrEqualTo(NEIGHBOURS);
        for (JobStatus status : JobStatus.values()) {
            store.scan(JobQuery.all().status(status));
            store.countByScan(JobQuery.all().status(status));
        }
        for (UUID id : hostile) {
            assertThatCode(() -> {
                        Job job = jobs.find(id).orElseThrow();
                        assertThat(job.toString()).contains(id.toString());
                        List<Object> shown = new ArrayList<>(jobs.failures(id));
                        shown.add(job.duration());
                        shown.addAll(jobs.steps(id));
                        shown.addAll(jobs.children(id).limit(10).toList());
                        shown.addAll(jobs.predecessors(id));
                        assertThat(shown.toString()).isNotEmpty();
                        jobs.cancel(id);
                        jobs.retry(id);
                        jobs.cancel(id);
                    })
                    .as(id.toString())
                    .doesNotThrowAnyException();
        }
        store.retryPage(
                JobQuery.all().status(JobStatus.FAILED, JobStatus.CANCELLED).atMost(1_000));
        UUID worker = Jobs.worker(store);
        Jobs.claim(store, worker, 1_000);
        assertThat(store.held(worker)).isNotNull();
        while (store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 1_000)
                        .jobs()
                > 0) {
            assertThat(database).isNotNull();
        }
        assertThat(store.countByScan(JobQuery.all().type(ORDER.name()).status(JobStatus.COMPLETED)))
                .isZero();
    }

    /** False if the database refuses it. */
    static boolean insert(DataSource database, UUID id, String type, String json) {
        try (Connection connection = database.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO job (id, type, input_data) VALUES ('"
                                + id + "', '" + type + "', "
                                + (connection.getMetaData().getURL().contains("postgres") ? "CAST(? AS jsonb)" : "?")
                                + ")")) {
            insert.setString(1, json);
            insert.executeUpdate();
            return true;
        } catch (SQLException refused) {
            return false;
        }
    }

    interface Test {
        void run() throws InterruptedException;
    }

    /** A stranger with the right to do so has dropped them. */
    static void withoutChecks(DataSource database, Test test) throws InterruptedException {
        Map<String, String> checks = Map.of(
                "job_status_known",
                "status IN ('pending', 'processing', 'waiting', 'completed', 'failed', 'cancelled')",
                "job_priority_in_range",
                "priority BETWEEN 0 AND 9",
                "job_progress_in_range",
                "progress BETWEEN 0 AND 100");
        checks.keySet().forEach(name -> Sql.run(database, "ALTER TABLE job DROP CONSTRAINT " + name));
        try {
            test.run();
        } finally {
            // The database of PostgreSQL is shared.
            Sql.run(database, "DELETE FROM job");
            checks.forEach((name, check) ->
                    Sql.run(database, "ALTER TABLE job ADD CONSTRAINT " + name + " CHECK (" + check + ")"));
        }
    }

    /** Sings when the canary is loaded. */
    static final class CanaryCage {
        static volatile boolean loaded;
    }

    @SuppressWarnings("unused") // must never be loaded
    static final class Canary {
        static {
            CanaryCage.loaded = true;
        }
    }

    static String farthest(TestDatabase kind, boolean future) {
        if (kind == TestDatabase.POSTGRESQL) {
            return future ? "'infinity'" : "'-infinity'";
        }
        if (kind == TestDatabase.MARIADB) {
            return future ? "'9999-12-31 23:59:59.999999'" : "'0000-01-01 00:00:00'";
        }
        if (kind == TestDatabase.SQLITE) {
            return future ? "'9999-12-31 23:59:59.999'" : "'0000-01-01 00:00:00'";
        }
        return future
                ? "TIMESTAMP WITH TIME ZONE '1000000000-12-31 23:59:59.999999-18:00'"
                : "TIMESTAMP WITH TIME ZONE '-1000000000-01-01 00:00:00+18:00'";
    }
}
