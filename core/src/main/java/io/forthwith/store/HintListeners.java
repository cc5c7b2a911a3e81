package io.forthwith.store;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who wants to hear of something, for stores that give hints. Thread-safe.
 *
 * <p>A hint follows what is done already: give it after the commit and without locks held. Nothing that a listener throws
 * may make it look otherwise; it is logged, and the others are told all the same.
 *
 * @param <L> how a listener is called
 */
public final class HintListeners<L> {
    private static final Logger LOG = LoggerFactory.getLogger(HintListeners.class);

    private final List<L> listeners = new CopyOnWriteArrayList<>();

    /** Nobody yet. */
    public HintListeners() {}

    /** Adds a listener, until the subscription is closed. */
    public StoreHints.Subscription add(L listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return () -> listeners.remove(listener);
    }

    /** Tells everyone, on the calling thread. */
    public void give(Consumer<? super L> hint) {
        for (L listener : listeners) {
            try {
                hint.accept(listener);
            } catch (Throwable thrown) {
                LOG.warn("A listener threw; what it was told of is done all the same", thrown);
            }
        }
    }
}
