package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NotReadyException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that are not ready, on a clock that the test moves. */
class NotReadyTest {
    private static final Duration DELAY = Duration.ofHours(1);

    private boolean ready;
    private String shownWhileRunning;

    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                shownWhileRunning = job(job.id()).progress().message();
                job.progress(10);
                if (!ready) {
                    throw new NotReadyException(DELAY, "shots missing");
                }
                return "done";
            }));

    private Job job(UUID id) {
        return fixture.job(id);
    }

    @BeforeEach
    void register() {
        fixture.engine.leasing.register();
    }

    @Test
    void shows_the_reason_only_until_the_job_runs_again() {
        UUID id = fixture.enqueue();
        run();
        assertThat(job(id).status()).isEqualTo(JobStatus.PENDING);
        assertThat(job(id).attempt()).isZero();
        assertThat(job(id).progress().message()).isEqualTo("shots missing");

        ready = true;
        fixture.pass(DELAY);
        run();

        assertThat(shownWhileRunning).isNull();
        assertThat(job(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(job(id).progress().message()).isNull();
        assertThat(job(id).attempt()).isEqualTo(1);
        assertThat(job(id).postponements()).isEqualTo(1);
    }

    @Test
    void fails_a_day_after_the_first_time_and_a_retry_by_hand_begins_a_new_day() {
        UUID id = fixture.enqueue();
        for (int round = 1; round <= 2; round++) {
            for (int hour = 0; hour < 24; hour++) {
                run();
                assertThat(job(id).status()).as("hour " + hour).isEqualTo(JobStatus.PENDING);
                fixture.pass(DELAY);
            }
            run();

            assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
            assertThat(job(id).errorCode()).isEqualTo("not_ready");
            assertThat(job(id).errorMessage()).isEqualTo("The job was not ready in time: shots missing");
            assertThat(job(id).attempt()).isEqualTo(1);
            fixture.jobs.retry(id);
        }
    }

    private void run() {
        // No worker has taken over, so the heartbeat renews the lapsed lease.
        fixture.engine.leasing.run();
        fixture.engine.claiming.run();
        fixture.runTasks();
        fixture.engine.progress.run();
        fixture.engine.settling.run();
    }
}
