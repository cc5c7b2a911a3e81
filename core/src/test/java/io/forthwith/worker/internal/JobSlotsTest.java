package io.forthwith.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Patiently;
import io.forthwith.worker.EngineFixture;
import io.forthwith.worker.ProcessorRegistry;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class JobSlotsTest {
    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);
    private final EngineFixture fixture =
            new EngineFixture(1, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> {
                running.countDown();
                mayEnd.await();
                return null;
            }));
    private final Engine engine = fixture.engine;

    @Test
    void wakes_the_claim_loop_when_a_slot_is_free_and_not_before() throws InterruptedException {
        fixture.enqueue();
        engine.leasing.register();
        engine.claiming.run();
        Thread serving = new Thread(Objects.requireNonNull(fixture.tasks.poll()));
        serving.start();
        running.await();
        isWoken();
        synchronized (engine.slots) {
            // The job ends, but its slot cannot be released yet.
            mayEnd.countDown();
            Patiently.await().until(() -> serving.getState() == Thread.State.BLOCKED);
            assertThat(isWoken()).as("woken too early").isFalse();
        }
        serving.join();

        assertThat(engine.slots.free()).isOne();
        assertThat(isWoken()).isTrue();
    }

    @Test
    void counts_the_job_of_a_slot_that_starts_once() {
        EngineFixture two = new EngineFixture(2, ProcessorRegistry.of().with(EngineFixture.TYPE, job -> null));
        two.enqueue();
        two.engine.leasing.register();
        two.engine.claiming.run();

        assertThat(two.tasks).as("slots that start").hasSize(1);
        assertThat(two.engine.slots.spare()).isOne();
        two.tasks.remove().run();
        assertThat(two.engine.slots.spare()).isEqualTo(2);
    }

    /** Whether the claim loop was woken since the last call of this method. */
    private boolean isWoken() {
        return engine.claimSignal.await(Long.MIN_VALUE, () -> 0);
    }
}
