package io.forthwith.worker.internal;

import io.forthwith.worker.internal.loop.LoopRound;
import io.forthwith.worker.internal.loop.StoreBackOff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Looks about once a minute for something that is wrong and fails nowhere, so the health of the worker reports it. */
abstract class HealthLook implements LoopRound {
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int MOST_NAMED = 10;

    private final RandomGenerator random;
    private final StoreBackOff guard;
    private boolean first = true;

    private volatile List<String> troubles = List.of();

    HealthLook(RandomGenerator random, StoreBackOff guard) {
        this.random = random;
        this.guard = guard;
    }

    @Override
    public final Duration run() {
        if (first) {
            first = false;
        } else if (!canLook()) {
            guard.idle();
        } else {
            guard.takeProbe();
            try {
                look();
            } catch (Throwable failure) {
                return guard.failed(failure);
            }
            guard.succeeded();
        }
        return StoreBackOff.jitter(PAUSE, random);
    }

    @Override
    public final StoreBackOff guard() {
        return guard;
    }

    /** Whether a look says something now. */
    boolean canLook() {
        return true;
    }

    /** Looks, and {@linkplain #report reports} what it finds, or that it finds nothing. */
    abstract void look();

    /**
     * Says what is wrong from now on.
     *
     * @param others what is said of those that are too many to be named, after their number
     */
    final void report(List<String> found, String others) {
        int more = found.size() - MOST_NAMED;
        List<String> named = new ArrayList<>(found.subList(0, Math.min(found.size(), MOST_NAMED)));
        if (more > 0) {
            named.add("and " + more + others);
        }
        troubles = List.copyOf(named);
    }

    /** What is wrong, for the operators. */
    final List<String> troubles() {
        return troubles;
    }
}
