package io.forthwith.jdbc.internal.rows;

import io.forthwith.internal.job.HintListeners;
import io.forthwith.store.StoreHints;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tells when another server may answer. A pool may have replaced its connections before a statement of the store failed, so no failure says it. Thread-safe.
 */
public final class ServerChange {
    private final HintListeners<Runnable> listeners = new HintListeners<>();
    private final AtomicReference<@Nullable String> last = new AtomicReference<>();

    public StoreHints.Subscription add(Runnable listener) {
        return listeners.add(listener);
    }

    /** A server that was started at this time has answered. */
    public void answered(String startTime) {
        String before = last.getAndSet(startTime);
        if (before != null && !before.equals(startTime)) {
            mayHaveHappened();
        }
    }

    /** The session that listens was lost, and there is a new one. */
    public void mayHaveHappened() {
        listeners.give(Runnable::run);
    }
}
