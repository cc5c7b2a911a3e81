package io.forthwith.internal.job;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.store.StoreHints;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The listeners of one kind of hint, for stores that give hints. Thread-safe.
 *
 * <p>Give a hint after the commit and without locks held. What a listener throws is logged; it reaches neither the caller nor the other
 * listeners.
 *
 * @param <L> how a listener is called
 */
public final class HintListeners<L> {
    private static final GuardedLogger LOG = GuardedLogger.of(HintListeners.class.getName());

    private final List<L> listeners = new CopyOnWriteArrayList<>();

    /** No listeners. */
    public HintListeners() {}

    /** Adds a listener, until the subscription is closed. */
    public StoreHints.Subscription add(L listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return () -> listeners.remove(listener);
    }

    /** Calls all listeners on the calling thread. */
    public void give(Consumer<? super L> hint) {
        for (L listener : listeners) {
            try {
                hint.accept(listener);
            } catch (Throwable thrown) {
                LOG.warn(thrown, "A listener threw; what it was told of is done all the same");
            }
        }
    }
}
