package io.forthwith.worker.internal.loop;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The hints of the store that jobs can be claimed. They wake the claim loop; and the settle loop learns whether the store has given one in its last call, after what the call
 * has written was committed. Thread-safe.
 */
public final class ClaimableHints {
    private final WakeSignal claiming;
    private volatile @Nullable Thread settling;
    /** Used by the thread that settles only. */
    private boolean isGiven;

    public ClaimableHints(WakeSignal claiming) {
        this.claiming = claiming;
    }

    /** Listens to the store. A hint of another thread may have come before the commit of the call, so it says nothing about that. */
    public void hint() {
        if (Thread.currentThread() == settling) {
            isGiven = true;
        }
        claiming.wake();
    }

    /** Calls the store. */
    public <T> T during(Supplier<T> call) {
        settling = Thread.currentThread();
        try {
            return call.get();
        } finally {
            settling = null;
        }
    }

    /** Whether the last call has given a hint. Only the thread asks that has made the call. */
    public boolean isGiven() {
        return isGiven;
    }

    /** What the last call has written was dealt with. */
    public void forget() {
        isGiven = false;
    }
}
