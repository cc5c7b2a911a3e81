package io.forthwith.worker.internal;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.JobStore;
import io.forthwith.store.OutcomeStore;
import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.OutcomeCounts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Writes once a minute how attempts have ended, and adds up what is old. */
public final class OutcomeLoop implements LoopRound {
    private static final Duration PAUSE = Duration.ofMinutes(1);
    /** After so long without a write, others may have added up what an earlier write has brought to the store. */
    private static final Duration TOO_LATE = OutcomeStore.MINUTES_KEPT.minusMinutes(15);
    /** Every so many rounds it adds up what is old. */
    private static final int ROUNDS = 10;

    private final JobStore store;
    private final OwnLease lease;
    private final OutcomeCounts counts;
    private final RandomGenerator random;
    private final StoreBackOff guard;
    private final Ticker ticker;
    /** Held while it writes: when the worker stops, another thread does it. */
    private final ReentrantLock writing = new ReentrantLock();

    private long lastWritten;
    /** Under which it writes as long as it lives: under another id, whole numbers would count twice. */
    private @Nullable UUID recorder;

    private int round;
    private boolean first = true;

    OutcomeLoop(
            JobStore store,
            OwnLease lease,
            OutcomeCounts counts,
            RandomGenerator random,
            StoreBackOff guard,
            Ticker ticker) {
        this.store = store;
        this.lease = lease;
        this.counts = counts;
        this.random = random;
        this.guard = guard;
        this.ticker = ticker;
        this.lastWritten = ticker.nanos();
    }

    @Override
    public Duration run() {
        if (first) {
            // So workers that start together do not write together.
            first = false;
            round = (int) (random.nextDouble() * ROUNDS);
            return StoreBackOff.jitter(PAUSE, random);
        }
        guard.takeProbe();
        writing.lock();
        try {
            Optional<OutcomeStore> outcomes = store.outcomes();
            if (outcomes.isEmpty()) {
                counts.off();
                return UNTIL_WOKEN;
            }
            write(outcomes.get());
            if (round++ % ROUNDS == 0) {
                outcomes.get().rollUp();
            }
        } catch (Throwable failure) {
            counts.notWritten();
            return guard.failed(failure);
        } finally {
            writing.unlock();
        }
        guard.succeeded();
        return StoreBackOff.jitter(PAUSE, random);
    }

    private void write(OutcomeStore outcomes) {
        if (recorder == null) {
            recorder = lease.workerId();
        }
        if (ticker.nanos() - lastWritten > TOO_LATE.toNanos()) {
            counts.forgetSent();
        }
        List<JobOutcomes> changed = counts.unwritten();
        if (recorder != null && !changed.isEmpty()) {
            outcomes.record(recorder, changed);
            counts.written(changed);
        }
        lastWritten = ticker.nanos();
    }

    /** Writes what is left. If the store is away, or does not answer the thread that writes, it is lost. */
    void stopped() {
        if (guard.isProbing() || !writing.tryLock()) {
            return;
        }
        try {
            store.outcomes().ifPresent(this::write);
        } catch (Throwable lost) {
            guard.failed(lost);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public StoreBackOff guard() {
        return guard;
    }
}
