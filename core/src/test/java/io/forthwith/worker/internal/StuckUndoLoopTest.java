package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The health of a worker reports durable steps that are not undone. */
class StuckUndoLoopTest {
    private static final JobType<String> OTHER = JobType.of("other", String.class);

    /** Charges and fails, and its undo fails. */
    private static final class Charging extends BaseProcessor<String, Object> {
        private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> {
            throw new IllegalStateException("The ledger is closed");
        });

        Charging() {
            super(EngineFixture.TYPE);
        }

        @Override
        protected Object process(String input, JobContext job) throws Exception {
            job.run(charge, key -> "receipt");
            throw JobException.user("no", "No");
        }
    }

    private final EngineFixture fixture = new EngineFixture(1, ProcessorRegistry.of(new Charging()));
    private final Engine engine = fixture.engine;
    private final UUID id = fixture.enqueue();

    private void failAndTryToUndo(int times) {
        engine.leasing.register();
        for (int i = 0; i <= times; i++) {
            engine.claiming.run();
            fixture.runTasks();
            engine.settling.run();
            fixture.passBeating(Duration.ofMinutes(2), engine);
        }
    }

    private Job undo() {
        return fixture.memory.scan(JobQuery.all().undos()).get(0);
    }

    @Test
    void reports_an_undo_that_fails_repeatedly_with_its_job_and_error() {
        failAndTryToUndo(4);
        engine.undoWatch.run();
        engine.undoWatch.run();
        assertThat(engine.undoWatch.troubles()).isEmpty();

        engine.claiming.run();
        fixture.runTasks();
        engine.settling.run();
        engine.undoWatch.run();

        assertThat(undo().status()).isEqualTo(JobStatus.PENDING);
        assertThat(engine.undoWatch.troubles())
                .singleElement()
                .asString()
                .contains(id.toString(), "5 attempts", "The ledger is closed");
    }

    @Test
    void reports_an_undo_job_without_a_processor_when_it_is_seen_again() {
        failAndTryToUndo(1);
        Engine stranger = fixture.engineOf("stranger", 1, ProcessorRegistry.of().with(OTHER, job -> "done"));
        stranger.undoWatch.run();

        stranger.undoWatch.run();
        assertThat(stranger.undoWatch.troubles())
                .as("it may be taken in the next moment")
                .isEmpty();
        stranger.undoWatch.run();

        assertThat(stranger.undoWatch.troubles())
                .singleElement()
                .asString()
                .contains(id.toString(), undo().id().toString(), "undo:work", "no worker");
    }

    @Test
    void does_not_report_jobs_that_wait_for_other_reasons() {
        fixture.jobs.enqueue(NewJob.of(OTHER, "x").delay(Duration.ofHours(1)));
        for (int look = 0; look < 3; look++) {
            engine.undoWatch.run();
        }
        assertThat(engine.undoWatch.troubles()).isEmpty();
    }

    @Test
    void does_not_report_steps_that_were_undone() {
        failAndTryToUndo(1);
        Engine stranger = fixture.engineOf("stranger", 1, ProcessorRegistry.of().with(OTHER, job -> "done"));
        for (int look = 0; look < 3; look++) {
            stranger.undoWatch.run();
        }
        assertThat(stranger.undoWatch.troubles()).hasSize(1);

        Engine mended = fixture.engineOf(
                "mended", 1, ProcessorRegistry.of(new BaseProcessor<String, Object>(EngineFixture.TYPE) {
                    private final Step<String> charge =
                            step("charge", String.class).undo((receipt, key) -> {});

                    @Override
                    protected Object process(String input, JobContext job) throws Exception {
                        return job.run(charge, key -> "receipt");
                    }
                }));
        mended.leasing.register();
        fixture.passBeating(Duration.ofHours(2), mended);
        mended.claiming.run();
        fixture.runTasks();
        mended.settling.run();

        assertThat(undo().status()).isEqualTo(JobStatus.COMPLETED);
        stranger.undoWatch.run();
        assertThat(stranger.undoWatch.troubles()).isEmpty();
    }
}
