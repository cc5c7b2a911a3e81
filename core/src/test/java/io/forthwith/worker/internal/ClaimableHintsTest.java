package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;

import io.forthwith.NewJob;
import io.forthwith.store.Settled;
import io.forthwith.store.StoreHints;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.internal.loop.ClaimableHints;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who wakes the claim loop when a job has ended for which others have waited. */
class ClaimableHintsTest {
    private final EngineFixture fixture =
            new EngineFixture(4, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
    private final ClaimableHints hints = fixture.engine.settleHints;

    @BeforeEach
    void run_the_first_of_a_sequence() {
        for (int i = 0; i < 3; i++) {
            fixture.jobs.enqueue(NewJob.of(EngineFixture.TYPE, "x").sequence("film:42"));
        }
        fixture.engine.leasing.register();
        runNext();
    }

    private void runNext() {
        fixture.engine.claiming.run();
        fixture.runTasks();
        isWoken();
    }

    private boolean isWoken() {
        return fixture.engine.claimSignal.await(0, () -> 0);
    }

    /** Settles; what happens before the store answers has no effect on the claim loop later. */
    private void settle(Runnable beforeTheAnswer) {
        doAnswer(call -> {
                    List<Settled> answers = fixture.memory.settle(call.getArgument(0));
                    beforeTheAnswer.run();
                    isWoken();
                    return answers;
                })
                .when(fixture.store)
                .settle(any());
        fixture.engine.settling.run();
    }

    @Test
    void the_worker_does_not_if_the_store_has() {
        try (StoreHints.Subscription ignored = fixture.memory.onAdded(hints::hint)) {
            settle(() -> assertThat(fixture.engine.claiming.run()).isPositive());
        }

        assertThat(isWoken()).isFalse();
    }

    @Test
    void the_worker_does_if_the_store_has_not_in_this_call() {
        try (StoreHints.Subscription ignored = fixture.memory.onAdded(hints::hint)) {
            settle(() -> {});
        }
        runNext();
        settle(() -> {});

        assertThat(isWoken()).isTrue();
    }

    @Test
    void the_worker_does_if_the_store_has_given_a_hint_in_another_thread() {
        settle(() -> {
            Thread other = new Thread(hints::hint);
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(isWoken()).isTrue();
    }
}
