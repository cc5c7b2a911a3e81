package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.ServerSession;
import io.forthwith.store.StoreHints;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the stores of other processes are told that jobs may be claimed, and this one by them. A hint throughout: polling finds what it
 * misses. Thread-safe.
 */
public interface WakeUps {
    /** What a database offers that cannot tell anybody. */
    WakeUps NONE = new WakeUps() {
        @Override
        public void tell() {}

        @Override
        public StoreHints.Subscription listen() {
            return () -> {};
        }

        @Override
        public boolean hearsOthers() {
            return false;
        }

        @Override
        public <T> T signing(Function<@Nullable ServerSession, T> beat) {
            return beat.apply(null);
        }
    };

    /** Tells the others; returns at once and throws nothing. */
    void tell();

    /** Listens to the others until the subscription is closed. */
    StoreHints.Subscription listen();

    /** Whether somebody listens, and what others tell is known to arrive. */
    boolean hearsOthers();

    /** Has {@code beat} sign with the session that listens, if it is known to; null if there is none. */
    <T> T signing(Function<@Nullable ServerSession, T> beat);
}
