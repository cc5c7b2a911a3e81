package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.BaseProcessor;
import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With the GRANTs that the documentation prints, in a schema of the owner. */
@DisplayName("A role on PostgreSQL")
@Timeout(value = Patience.SECONDS_OF_A_TEST, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuntimeRoleTest {
    private static final JobType<String> WORK = JobType.of("work", String.class);
    private static final Duration LONG = Patience.LONG;
    private static DataSource owner;

    /** Does as its input says. */
    private static final class Work extends BaseProcessor<String, String> {
        private final Step<String> pay = step("pay", String.class).undo((paid, key) -> {});
        private final CountDownLatch running = new CountDownLatch(1);

        Work() {
            super(WORK);
        }

        @Override
        protected String process(String behaviour, JobContext job) throws Exception {
            job.progress(10, "under way");
            switch (behaviour) {
                case "family" -> {
                    job.spawn(List.of(NewJob.of(WORK, "x"), NewJob.of(WORK, "y")));
                    return "spawned";
                }
                case "step and fail" -> {
                    job.run(pay, key -> "paid");
                    throw new IllegalStateException("no");
                }
                case "retry" -> {
                    if (job.attempt() == 1) {
                        throw JobException.retryable("once more").after(Duration.ZERO);
                    }
                }
                case "long" -> {
                    running.countDown();
                    // Until it is cancelled.
                    new CountDownLatch(1).await();
                }
                default -> {}
            }
            return "done";
        }
    }

    @BeforeAll
    static void grant() throws Exception {
        owner = TestPostgres.newDatabase("roles");
        Sql.run(owner, "CREATE SCHEMA jobs");
        JdbcSchema.migrate(owner, "jobs", "");
        for (String role : List.of("app_runtime", "app_reader")) {
            Sql.run(owner, "DROP ROLE IF EXISTS " + role);
            Sql.run(owner, "CREATE ROLE " + role + " LOGIN");
        }
        String page = Files.readString(Path.of("../docs/databases.md"));
        List<String> grants = Pattern.compile("^GRANT [^;]+;", Pattern.MULTILINE)
                .matcher(page)
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(grants).hasSizeGreaterThan(3);
        grants.forEach(grant -> Sql.run(owner, grant));
    }

    private static JdbcJobStore as(String role) {
        return JdbcJobStore.of(TestPostgres.as(role, "roles")).schema("jobs");
    }

    @Test
    @DisplayName("that may only read and write the tables can do all that a worker and a client do")
    void runtime() throws Exception {
        JdbcJobStore store = as("app_runtime");
        JobClient jobs = JobClient.of(store);
        JdbcSchema.migrate(TestPostgres.as("app_runtime", "roles"), "jobs", "");
        Work work = new Work();
        try (Worker worker = Worker.of(store, ProcessorRegistry.of(work)).start()) {
            await().atMost(LONG).until(store::hearsOthers);
            UUID family = jobs.enqueue(NewJob.of(WORK, "family")).id();
            UUID failing = jobs.enqueue(NewJob.of(WORK, "step and fail")).id();
            UUID retried = jobs.enqueue(NewJob.of(WORK, "retry")).id();
            UUID after = jobs.enqueue(NewJob.of(WORK, "x").after(retried)).id();
            UUID cancelled = jobs.enqueue(NewJob.of(WORK, "long")).id();
            assertThat(work.running.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            jobs.cancel(cancelled);
            assertThat(statusOf(jobs, family)).isEqualTo(JobStatus.COMPLETED);
            assertThat(statusOf(jobs, failing)).isEqualTo(JobStatus.FAILED);
            assertThat(statusOf(jobs, retried)).isEqualTo(JobStatus.COMPLETED);
            assertThat(statusOf(jobs, after)).isEqualTo(JobStatus.COMPLETED);
            assertThat(statusOf(jobs, cancelled)).isEqualTo(JobStatus.CANCELLED);
            assertThat(jobs.failures(failing)).hasSize(1);
            jobs.retry(failing);
            assertThat(statusOf(jobs, failing)).isEqualTo(JobStatus.FAILED);

            List<Enqueued> many = jobs.enqueueAll(IntStream.range(0, 2_500)
                    .mapToObj(i -> NewJob.of(WORK, "x"))
                    .toList());
            assertThat(statusOf(jobs, many.get(many.size() - 1).id())).isEqualTo(JobStatus.COMPLETED);
        }
        store.add(Jobs.encoded(NewJob.of(WORK, "x")));
        UUID lost = Jobs.worker(store);
        assertThat(Jobs.claim(store, lost, 1)).hasSize(1);
        store.beat(lost, Duration.ofMillis(1), WorkerLoad.NONE);
        Sql.run(owner, "UPDATE jobs.job_worker SET lease_until = now() - interval '1 hour'");
        assertThat(store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH)))
                .hasSize(1);
        assertThat(store.purge(Retention.DEFAULT.completed(Duration.ofNanos(1)).failed(Duration.ofNanos(1)), 10_000)
                        .jobs())
                .isGreaterThan(2_500);
    }

    private static JobStatus statusOf(JobClient jobs, UUID id) throws InterruptedException {
        return jobs.await(id, LONG).map(Job::status).orElseThrow();
    }

    @Test
    @DisplayName("that may only read and write the tables cannot change them")
    void no_changes() {
        DataSource runtime = TestPostgres.as("app_runtime", "roles");
        for (String ddl : List.of(
                "DROP TABLE jobs.job",
                "ALTER TABLE jobs.job ADD COLUMN mine integer",
                "TRUNCATE jobs.job",
                "CREATE TABLE jobs.mine (id integer)",
                "CREATE TRIGGER mine BEFORE UPDATE ON jobs.job EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "DELETE FROM jobs.job_schema",
                "INSERT INTO jobs.job_schema (version) VALUES (99)")) {
            assertThatThrownBy(() -> Sql.run(runtime, ddl))
                    .as(ddl)
                    .rootCause()
                    .hasMessageMatching("(?s).*(permission denied|must be owner).*");
        }
    }

    @Test
    @DisplayName("that may only read gets an error that names the missing right, and nothing is lost")
    void reader() {
        JdbcJobStore all = as("app_runtime");
        UUID id = all.add(Jobs.encoded(NewJob.of(WORK, "x").queue("reader")))
                .get(0)
                .id();
        UUID worker = Jobs.worker(all);
        JdbcJobStore reader = as("app_reader");
        assertThat(reader.find(id)).isPresent();
        assertThat(reader.scan(JobQuery.all())).isNotEmpty();
        assertThat(reader.countByScan(JobQuery.all())).isPositive();
        assertThat(reader.failures(id)).isEmpty();
        assertRefused(() -> reader.add(Jobs.encoded(NewJob.of(WORK, "x"))));
        assertRefused(() -> reader.add(Jobs.many(2_500)));
        assertRefused(() -> Jobs.worker(reader));
        assertRefused(() -> Jobs.claim(reader, worker, 1));
        assertRefused(() -> reader.cancel(id, Locale.ENGLISH));
        assertRefused(() -> reader.purge(
                        Retention.DEFAULT.completed(Duration.ofNanos(1)).failed(Duration.ofNanos(1)), 10)
                .jobs());
        assertThat(reader.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining("42501")
                .extracting(thrown -> ((JobStoreException) thrown).kind())
                .isEqualTo(JobStoreException.Kind.TRANSIENT);
    }
}
