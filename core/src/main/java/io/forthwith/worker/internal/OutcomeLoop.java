package io.forthwith.worker.internal;

import io.forthwith.store.JobStore;
import io.forthwith.store.count.OutcomeStore;
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
    /** The pauses of a worker that has just started: who has started it looks for what it does. */
    private static final List<Duration> FIRST_PAUSES =
            List.of(Duration.ofSeconds(4), Duration.ofSeconds(10), Duration.ofSeconds(20));
    /** After so long, the store may have forgotten a write that it has not confirmed. */
    private static final Duration TOO_LATE = OutcomeStore.WRITES_KEPT.minusMinutes(15);
    /** Every so many rounds it adds up what is old, also if it has written nothing. */
    private static final int ROUNDS = 10;

    private final JobStore store;
    private final OutcomeCounts counts;
    private final RandomGenerator random;
    private final StoreBackOff guard;
    private final Ticker ticker;
    /** Held while it writes: when the worker stops, another thread does it. */
    private final ReentrantLock writing = new ReentrantLock();

    /** When the piece was first written that is not confirmed; of no meaning if there is none. */
    private long sentAt;

    private @Nullable UUID sent;
    private int round;
    /** How many jobs waited when this worker last had the turn: while some do, it asks for the turn each minute. */
    private int waiting;

    OutcomeLoop(JobStore store, OutcomeCounts counts, RandomGenerator random, StoreBackOff guard, Ticker ticker) {
        this.store = store;
        this.counts = counts;
        this.random = random;
        this.guard = guard;
        this.ticker = ticker;
    }

    @Override
    public Duration run() {
        int now = round++;
        if (now == 0) {
            // So workers that start together do not write together.
            return pause(now);
        }
        guard.takeProbe();
        writing.lock();
        try {
            Optional<OutcomeStore> outcomes = store.outcomes();
            if (outcomes.isEmpty()) {
                counts.off();
                return UNTIL_WOKEN;
            }
            boolean hasWritten = write(outcomes.get());
            if ((hasWritten || waiting > 0 || now % ROUNDS == 0)
                    && outcomes.get().takeTurn()) {
                outcomes.get().rollUp();
                waiting = outcomes.get().recordDepths();
            }
        } catch (Throwable failure) {
            counts.notWritten();
            return guard.failed(failure);
        } finally {
            writing.unlock();
        }
        guard.succeeded();
        return pause(now);
    }

    private Duration pause(int round) {
        return StoreBackOff.jitter(round < FIRST_PAUSES.size() ? FIRST_PAUSES.get(round) : PAUSE, random);
    }

    /** Returns whether there was something to write. */
    private boolean write(OutcomeStore outcomes) {
        boolean hasWritten = false;
        OutcomeCounts.Piece piece = counts.toWrite();
        while (piece != null) {
            if (!piece.id().equals(sent)) {
                sent = piece.id();
                sentAt = ticker.nanos();
            }
            if (ticker.nanos() - sentAt <= TOO_LATE.toNanos()) {
                outcomes.record(piece.id(), piece.attempts(), piece.failures());
                hasWritten = true;
            }
            counts.forgetSent();
            piece = counts.toWrite();
        }
        return hasWritten;
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
