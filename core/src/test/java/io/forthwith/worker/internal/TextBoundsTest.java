package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.verify;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.store.ClaimRequest;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** Inputs and results of a size at which their number says little about memory. */
class TextBoundsTest {
    private static final String LARGE = "x".repeat(250_000);
    private static final int SLOTS = 4;
    /** What a worker may hold, and what it may claim meanwhile. */
    private static final long MOST_TEXT = (32L << 20) + (8L << 20);

    private final EngineFixture fixture = new EngineFixture(
            SLOTS,
            ProcessorRegistry.of()
                    .with(
                            EngineFixture.TYPE,
                            job -> "y".repeat(job.input(String.class).length())));
    private final ClaimLoop claiming = fixture.engine.claiming;

    @Test
    void claims_nothing_while_much_text_waits_for_the_store_and_goes_on_when_it_is_settled() {
        enqueue(400, LARGE);
        fixture.engine.leasing.register();
        fixture.failSettling(Integer.MAX_VALUE, JobStoreException.Kind.TRANSIENT, false);

        playRounds(200);

        long held = fixture.engine.settling.unsettled().count();
        assertThat(held).isLessThan(400).isGreaterThan(20);
        assertThat(2 * held * LARGE.length()).as("characters").isLessThan(MOST_TEXT);
        fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0);

        fixture.failSettling(0, JobStoreException.Kind.TRANSIENT, false);
        settleAll();

        assertThat(fixture.engine.claimSignal.await(Long.MIN_VALUE, () -> 0))
                .as("the claim loop is woken")
                .isTrue();
        while (fixture.jobs.countByScan(JobQuery.all().status(JobStatus.PENDING)) > 0) {
            playRounds(1);
            settleAll();
        }
        assertThat(fixture.jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(400);
    }

    @Test
    void claims_fewer_jobs_in_advance_if_their_inputs_are_large() {
        // Fast enough for a thousand jobs in advance, and then the inputs become large.
        enqueue(4_000, "");
        enqueue(200, LARGE);
        fixture.engine.leasing.register();

        playRounds(400);

        ArgumentCaptor<ClaimRequest> asked = ArgumentCaptor.captor();
        verify(fixture.store, atLeast(20)).claim(asked.capture());
        List<Integer> limits =
                asked.getAllValues().stream().map(ClaimRequest::atMost).toList();
        assertThat(limits).as("small ones").anyMatch(limit -> limit > 100);
        assertThat(limits)
                .last()
                .satisfies(limit -> assertThat(limit * LARGE.length()).isLessThanOrEqualTo(8 << 20));
    }

    private void enqueue(int count, String input) {
        fixture.jobs.enqueueAll(Stream.generate(() -> NewJob.of(EngineFixture.TYPE, input))
                .limit(count)
                .toList());
    }

    private void settleAll() {
        while (fixture.engine.settling.unsettled().count() > 0) {
            fixture.passBeating(fixture.engine.settling.run(), fixture.engine);
        }
    }

    private void playRounds(int rounds) {
        for (int round = 0; round < rounds; round++) {
            claiming.run();
            fixture.runTasks();
            fixture.pass(Duration.ofMillis(2));
            fixture.engine.settling.run();
        }
    }
}
