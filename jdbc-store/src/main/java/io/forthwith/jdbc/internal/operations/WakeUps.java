package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.rows.PlainInsertResult;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.store.StoreHints;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells the stores of other processes that jobs can be claimed, and gets the same hint from them. It is only a hint:
 * polling finds what it misses. Thread-safe.
 */
public interface WakeUps {
    /** For a database that cannot tell other processes. */
    WakeUps NONE = new WakeUps() {
        @Override
        public void tell() {}

        @Override
        public boolean telling(Function<@Nullable String, PlainInsertResult> statement) {
            return statement.apply(null) != PlainInsertResult.NOT_INSERTED;
        }

        @Override
        public StoreHints.Subscription listen() {
            return () -> {};
        }

        @Override
        public boolean hearsOthers() {
            return false;
        }

        @Override
        public <T> T signing(Function<@Nullable ServerSessionId, T> beat) {
            return beat.apply(null);
        }
    };

    /** Tells other processes. Returns at once and throws nothing. */
    void tell();

    /**
     * Runs a statement that adds a job, and tells other processes of it: within its commit if the database can and it is time for that, otherwise
     * afterwards.
     *
     * @param statement gets the word that its commit is to send, null for none; it may be run again, with null
     * @return whether the statement has added a job
     */
    boolean telling(Function<@Nullable String, PlainInsertResult> statement);

    /** Listens to other processes until the subscription is closed. */
    StoreHints.Subscription listen();

    /** Whether there is a subscription, and notices of other processes are known to arrive. */
    boolean hearsOthers();

    /** Runs {@code beat} with the database session that stands for this process; with null if there is none. */
    <T> T signing(Function<@Nullable ServerSessionId, T> beat);
}
