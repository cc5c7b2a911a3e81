package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

@DisplayName("Inputs, results and results of steps")
@Timeout(value = Patience.SECONDS_OF_A_TEST, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NoPayloadInLogsTest {
    private static final String CANARY = "s3cr3t-canary";
    private static final Duration LONG = Patience.LONG;
    private static final JobType<Secret> TYPE = JobType.of("work", Secret.class);
    private static final JobType<String> MISFIT = JobType.of("work", String.class);

    /** Says its secret in toString, as records do. */
    record Secret(String behaviour, String secret) {}

    /** Does as its input says. */
    private static final class Work extends BaseProcessor<Secret, Object> {
        private final Step<Secret> pay = step("pay", Secret.class).undo((paid, key) -> {});
        private final CountDownLatch running = new CountDownLatch(1);

        Work() {
            super(TYPE);
        }

        @Override
        protected Object process(Secret input, JobContext job) throws Exception {
            job.run(pay, key -> input);
            switch (input.behaviour()) {
                case "fail" -> throw new IllegalStateException("no");
                case "retry" -> {
                    if (job.attempt() == 1) {
                        throw JobException.retryable("once more").after(Duration.ZERO);
                    }
                }
                case "unstorable" -> {
                    return List.of(input, "\0");
                }
                case "long" -> {
                    running.countDown();
                    // Until it is cancelled.
                    new CountDownLatch(1).await();
                }
                default -> {}
            }
            return input;
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are in no line of the log at any level, for every outcome of the job")
    void none(TestDatabase kind) throws InterruptedException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        Work work = new Work();
        try (AllLines log = new AllLines()) {
            UUID lost = jobs.enqueue(job("complete")).id();
            assertThat(Jobs.claimAll(store)).hasSize(1);
            Sql.run(database, "DELETE FROM job_worker");
            // Jobs of others are taken over once it has lived for as long as its lease.
            try (Worker worker = Worker.of(store, ProcessorRegistry.of(work))
                    .lease(Duration.ofSeconds(1))
                    .start()) {
                UUID running = jobs.enqueue(job("long")).id();
                assertThat(work.running.await(Patience.SECONDS, TimeUnit.SECONDS))
                        .isTrue();
                jobs.cancel(running);
                for (NewJob job : List.of(
                        job("complete"), job("fail"), job("retry"), job("unstorable"), NewJob.of(MISFIT, CANARY))) {
                    assertThat(jobs.await(jobs.enqueue(job).id(), LONG)).isPresent();
                }
                assertThat(jobs.await(running, LONG)).isPresent();
                Job takenOver = jobs.await(lost, LONG).orElseThrow();
                assertThat(takenOver.lostWorkers()).isOne();
                assertThat(takenOver.result()).contains(CANARY);
                assertThat(worker.toString()).doesNotContain(CANARY);
            }
            assertThat(log.lines).hasSizeGreaterThan(10).noneMatch(line -> line.contains(CANARY));
        }
    }

    private static NewJob job(String behaviour) {
        return NewJob.of(TYPE, new Secret(behaviour, CANARY));
    }

    /** All that the library logs, at all levels, with what is thrown. */
    private static final class AllLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger("io.forthwith");
        private final Level before = logger.getLevel();
        private final List<String> lines = new CopyOnWriteArrayList<>();

        AllLines() {
            logger.setLevel(Level.TRACE);
            logger.setAdditive(false);
            logger.addAppender(this);
            start();
        }

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage()
                    + event.getMDCPropertyMap()
                    + (event.getThrowableProxy() == null
                            ? ""
                            : ThrowableProxyUtil.asString(event.getThrowableProxy())));
        }

        @Override
        public void close() {
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
    }
}
