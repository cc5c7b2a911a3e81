package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ErrorClassifier;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.event.JobInterceptor;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.jdbc.WatchedDataSource;
import io.forthwith.json.internal.JobJson;
import io.forthwith.worker.internal.DeclaredSchedules;
import io.forthwith.worker.internal.Engine;
import io.forthwith.worker.internal.WorkerSettings;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A worker that has nothing to do on PostgreSQL")
class IdleStatementsTest {
    private static final Duration SPAN = Duration.ofMinutes(5);
    /** What asks the listener for a sign of life, at most this often. */
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private Duration elapsed = Duration.ZERO;

    @Test
    @DisplayName("executes at most 3 statements a second in all its loops together, including commits")
    void idle() {
        WatchedDataSource database = new WatchedDataSource(TestDatabase.POSTGRESQL.migrated(), connection -> {});
        Engine engine = new Engine(
                config(),
                JdbcJobStore.of(database),
                JobProcessor.processing(
                        ProcessorRegistry.of().with(JobType.of("work", String.class), job -> null),
                        Locale.ENGLISH,
                        List.of()),
                task -> {
                    throw new AssertionError("There is no job");
                });
        engine.leasing.register();
        List<LoopRound> loops = List.of(
                engine.claiming,
                engine.settling,
                engine.leasing,
                engine.deadlines,
                engine.status,
                engine.progress,
                engine.takingOver,
                engine.purging,
                engine.expiring,
                engine.acting,
                engine.undoWatch,
                engine.unserved,
                engine.scheduling,
                engine.failedSchedules,
                engine.outcomes);
        int before = database.statements().size();

        run(loops);

        int executed = database.statements().size() - before;
        long probes = SPAN.dividedBy(SILENCE);
        double perSecond = (executed + probes) / (double) SPAN.toSeconds();
        assertThat(perSecond)
                .as("statements a second: " + executed + " and the listener's " + probes)
                .isBetween(1.0, 3.0);
    }

    /** As the threads would, on a clock of its own. */
    private void run(List<LoopRound> loops) {
        Duration[] due = new Duration[loops.size()];
        Arrays.fill(due, Duration.ZERO);
        while (elapsed.compareTo(SPAN) < 0) {
            int next = 0;
            for (int i = 1; i < due.length; i++) {
                next = due[i].compareTo(due[next]) < 0 ? i : next;
            }
            elapsed = due[next];
            due[next] = elapsed.plus(loops.get(next).run());
        }
    }

    private WorkerSettings config() {
        return new WorkerSettings(
                "idle",
                "host",
                List.of(NewJob.DEFAULT_QUEUE),
                WorkerBuilder.DEFAULT_CONCURRENCY,
                WorkerBuilder.DEFAULT_POLL_INTERVAL,
                WorkerBuilder.DEFAULT_LEASE,
                WorkerBuilder.DEFAULT_GRACE_PERIOD,
                Locale.ENGLISH,
                ErrorClassifier.standard(),
                Redaction.NONE,
                List.of(),
                JobInterceptor.of(List.of()),
                JobJson.standard(),
                Retention.DEFAULT,
                false,
                null,
                OnSilence.GO_ON,
                DeclaredSchedules.NONE,
                List.of(),
                null,
                () -> elapsed.toNanos(),
                new Random(1));
    }
}
