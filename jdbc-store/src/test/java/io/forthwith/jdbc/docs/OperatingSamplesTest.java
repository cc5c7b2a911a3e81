package io.forthwith.jdbc.docs;

import static io.forthwith.jdbc.docs.GettingStartedSamplesTest.database;
import static io.forthwith.jdbc.docs.GettingStartedSamplesTest.migrated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobInterceptor;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Patience;
import io.forthwith.jdbc.docs.GettingStartedSamplesTest.ShotVideo;
import io.forthwith.jdbc.docs.GettingStartedSamplesTest.ShotVideoProcessor;
import io.forthwith.limit.Pause;
import io.forthwith.store.JobStore;
import io.forthwith.store.count.JobFailures;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import io.forthwith.worker.WorkerHealth;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The samples of docs/operating.md and docs/upgrading.md, which {@link DocsTest} finds here word for word. */
class OperatingSamplesTest {
    @Test
    void new_types_in_a_rolling_deployment() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(JobType.of("of_the_new_version", String.class), "x"))
                .id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered");

        Worker.of(store, processors).onlyRegisteredTypes(true).build().drain();
        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);

        Worker.of(store, processors).build().drain();
        assertThat(jobs.find(id).orElseThrow().errorCode()).isEqualTo("unknown_job_type");
    }

    @Test
    void pause_a_queue() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(
                        NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).queue("slow"))
                .id();
        WorkerBuilder worker = Worker.of(store, ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered"))
                .queues("slow");

        jobs.pauseQueue("slow", Pause.by("bob"));
        assertThat(worker.build().drain()).isZero();
        jobs.resumeQueue("slow");

        jobs.pauseQueue("slow", Pause.by("ada").because("the render farm is down"));
        List<PausedQueue> paused = jobs.pausedQueues(); // since when, by whom and why
        jobs.resumeQueue("slow");

        assertThat(paused).extracting(each -> each.pause().by()).containsExactly("ada");
        worker.build().drain();
        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void interrupted_when_the_database_is_silent() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)))
                .id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> {
            Duration left = job.leaseLeft();
            assertThat(left).isPositive();
            return job.isLeaseLost() ? "nobody" : "mine";
        });

        WorkerBuilder worker =
                Worker.of(store, processors).onSilence(OnSilence.INTERRUPT); // or onSilence() of a processor

        worker.build().drain();
        assertThat(jobs.find(id).orElseThrow().result()).isEqualTo("\"mine\"");
    }

    @Test
    void jobs_gain_priority_while_they_are_due() throws InterruptedException {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(
                        NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).priority(0))
                .id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered");

        Worker worker =
                Worker.of(store, processors).ageing(Duration.ofMinutes(10)).start();

        try (worker) {
            assertThat(jobs.await(id, Patience.LONG).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        }
    }

    @Test
    void delete_completed_jobs_at_once() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)));
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered");

        Worker.of(store, processors)
                .retention(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(30)))
                .build()
                .drain();

        assertThat(jobs.scan(JobQuery.all())).isEmpty();
    }

    @Test
    void labels() {
        DataSource dataSource = database();
        JdbcSchema.migrate(dataSource);
        ShotVideo input = new ShotVideo(1, 5);
        JdbcJobStore store = JdbcJobStore.of(dataSource).labels("order", "tenant");
        JobClient jobs = JobClient.of(store);
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, input).metadata("order", "4711"));
        JobPage ofOrder = jobs.search(JobQuery.all().label("order", "4711"));

        assertThat(ofOrder.jobs()).hasSize(1);
    }

    @Test
    void look_for_jobs() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).maxAttempts(1));
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> {
            throw new IllegalStateException("broken");
        });
        Worker.of(store, processors).build().drain();

        JobPage page = jobs.search(JobQuery.all()
                .status(JobStatus.FAILED)
                .since(Instant.now().minus(Duration.ofHours(1)))
                .atMost(50));
        page.jobs().forEach(job -> System.out.println(job.id() + " " + job.errorMessage()));
        if (page.next() != null) { // search(page.next()) goes on
            System.out.println("Searched back to " + page.searchedBackTo());
        }
        BoundedCount failed = jobs.countUpTo(JobQuery.all().status(JobStatus.FAILED), 1_000); // 42, or 1000+

        assertThat(page.jobs()).hasSize(1);
        assertThat(failed).hasToString("1");

        Instant now = Instant.now();
        for (JobOutcomes minute : jobs.outcomes(now.minus(Duration.ofHours(1)), now)) {
            System.out.println(minute.from() + " " + minute.queue() + " " + minute.type() + " " + minute.outcome()
                    + ": "
                    + minute.jobs() + ", p95 of the wait " + minute.waits().quantile(0.95) + ", of the run "
                    + minute.runs().quantile(0.95));
        }
        for (JobFailures cause : store.outcomes().orElseThrow().failures(now.minus(Duration.ofHours(1)), now)) {
            System.out.println(cause.attempts() + " attempts of " + cause.type() + " failed (" + cause.code() + "): "
                    + cause.message() + ", first seen " + cause.firstAt());
        }
        assertThat(store.outcomes()
                        .orElseThrow()
                        .failures(now.minus(Duration.ofHours(1)), now.plus(Duration.ofHours(1))))
                .extracting(JobFailures::message, JobFailures::jobs)
                .containsExactly(tuple("broken", 1L));
        assertThat(jobs.outcomes(now.minus(Duration.ofHours(1)), now.plus(Duration.ofHours(1))))
                .extracting(JobOutcomes::outcome)
                .containsExactly(JobOutcomes.Outcome.FAILED);
    }

    static final class TenantInterceptor implements JobInterceptor {
        private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

        @Override
        public NewJob onEnqueue(NewJob job) {
            return job.metadata("tenant", TENANT.get());
        }

        @Override
        public Object around(JobContext context, Callable<Object> attempt) throws Exception {
            TENANT.set(context.job().metadata().get("tenant"));
            try {
                return attempt.call();
            } finally {
                TENANT.remove();
            }
        }
    }

    @Test
    void interceptors() {
        JobStore store = migrated(database());
        List<String> seen = new ArrayList<>();
        ProcessorRegistry processors =
                ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> seen.add(TenantInterceptor.TENANT.get()));

        JobInterceptor tenants = new TenantInterceptor();
        JobClient jobs = JobClient.of(store).interceptor(tenants);
        Worker worker = Worker.of(store, processors).interceptor(tenants).build();
        TenantInterceptor.TENANT.set("acme");
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)));
        TenantInterceptor.TENANT.remove();
        worker.drain();

        assertThat(seen).containsExactly("acme");
    }

    @Test
    void workers() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered");

        try (Worker running = Worker.of(store, processors).name("shots").start()) {
            assertThat(running.health().status()).isEqualTo(WorkerHealth.Status.UP);
            for (RegisteredWorker worker : jobs.workers()) {
                System.out.println(worker.info().name() + " on " + worker.info().host() + " serves "
                        + worker.info().serves() + ", alive: " + worker.isAlive() + ", load: " + worker.load());
            }
            assertThat(jobs.workers())
                    .extracting(worker -> worker.info().name())
                    .containsExactly("shots");
        }
    }

    @Test
    void queues() {
        JobClient jobs = JobClient.of(migrated(database()));
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).queue("slow"));

        for (QueueState queue : jobs.queues()) {
            System.out.println(queue.queue() + ": " + queue.due() + " due, the oldest for " + queue.oldestAge() + ", "
                    + queue.scheduled() + " scheduled, " + queue.running() + " running, paused: "
                    + (queue.pause() != null));
        }

        assertThat(jobs.queues())
                .extracting(QueueState::queue, QueueState::due)
                .containsExactly(tuple("slow", new BoundedCount(1, true)));
    }

    @Test
    void why() {
        JobClient jobs = JobClient.of(migrated(database()));
        UUID id = jobs.enqueue(
                        NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)).queue("slow"))
                .id();
        jobs.pauseQueue("slow", Pause.by("ada").because("The render farm is down."));

        System.out.println(jobs.why(id));

        assertThat(jobs.why(id).toString().lines())
                .hasSize(2)
                .anyMatch(line -> line.endsWith(" by ada. The render farm is down. → Resume the queue."));
    }

    /** The encoders of the page, in a configuration of their own. */
    @Test
    void logging() throws Exception {
        String page = Files.readString(Path.of("../docs/operating.md"));
        List<String> encoders = Pattern.compile("```xml\n(<encoder.*?</encoder>)\n```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(encoders).hasSize(2);
        for (String encoder : encoders) {
            LoggerContext context = new LoggerContext();
            context.setMDCAdapter(new LogbackMDCAdapter());
            Path log = Files.createTempFile("operating", ".log");
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(new ByteArrayInputStream(
                    ("<configuration><appender name='f' class='ch.qos.logback.core.FileAppender'>"
                                    + "<file>" + log + "</file>" + encoder
                                    + "</appender><root level='INFO'><appender-ref ref='f'/></root></configuration>")
                            .getBytes(StandardCharsets.UTF_8)));
            context.getMDCAdapter().put("job.id", "4711");
            context.getMDCAdapter().put("job.type", "report");
            context.getLogger("shop").info("printed");
            context.stop();
            assertThat(log).content().contains("4711", "report", "printed");
        }
    }

    @Test
    void retention_of_types() {
        Retention kept = Retention.DEFAULT
                .completed(Duration.ofDays(1))
                .failed(Duration.ofDays(90))
                .type(
                        "invoice",
                        Retention.DEFAULT.completed(Duration.ofDays(365)).failed(Duration.ofDays(365)))
                .type("ping", Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ofDays(7)));
        assertThat(kept.of("ping").deletesCompleted()).isTrue();
        assertThat(kept.of("invoice").failed()).isEqualTo(Duration.ofDays(365));
        assertThat(kept.of("other")).isSameAs(kept);
    }

    @Test
    void retention() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)))
                .id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered");

        Worker.of(store, processors)
                .retention(Retention.DEFAULT.completed(Duration.ofDays(1)).failed(Duration.ofDays(90)))
                .build()
                .drain();

        assertThat(jobs.find(id).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    /** What the operator counts and times. */
    static final class Metrics {
        private final List<String> lines = new ArrayList<>();

        void time(String type, Duration took) {
            lines.add(type + (took.isNegative() ? " never" : " took its time"));
        }

        void count(String type, String code) {
            lines.add(type + " " + code);
        }
    }

    @Test
    void listener() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        Metrics metrics = new Metrics();
        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)));
        jobs.enqueue(NewJob.of(JobType.of("unknown", String.class), "x"));
        ProcessorRegistry processors = ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> {
            throw JobException.user("blurred", "The shot is blurred");
        });

        Worker.of(store, processors)
                .listener(event -> {
                    if (event instanceof JobEvent.Completed completed) {
                        metrics.time(completed.job().type(), completed.took());
                    } else if (event instanceof JobEvent.Failed failed) {
                        metrics.count(failed.job().type(), failed.error().code());
                    }
                })
                .build()
                .drain();

        assertThat(metrics.lines)
                .containsExactlyInAnyOrder("shot_video_generation blurred", "unknown unknown_job_type");

        jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(1, 5)));
        metrics.lines.clear();
        Worker.of(store, ProcessorRegistry.of().with(ShotVideoProcessor.TYPE, job -> "rendered"))
                .listener(event -> {
                    if (event instanceof JobEvent.Completed completed) {
                        metrics.time(completed.job().type(), completed.took());
                    }
                })
                .build()
                .drain();
        assertThat(metrics.lines).containsExactly("shot_video_generation took its time");
    }

    @Test
    void rename() {
        JobStore store = migrated(database());
        JobClient jobs = JobClient.of(store);
        UUID old = jobs.enqueue(NewJob.of(ShotVideoProcessor.TYPE, new ShotVideo(3, 5)))
                .id();
        JobType<ShotVideo> SHOT_VIDEO =
                JobType.of("shot_video", ShotVideo.class).formerly("shot_video_generation");

        Worker.of(store, ProcessorRegistry.of().with(SHOT_VIDEO, job -> "rendered"))
                .build()
                .drain();

        assertThat(jobs.find(old).orElseThrow().result()).isEqualTo("\"rendered\"");
    }
}
