package io.forthwith.jdbc.internal.operations;

import io.forthwith.internal.job.HintListeners;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.rows.PlainInsertResult;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.store.Claim;
import io.forthwith.store.StoreHints;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells subscribers about the changes of a committed transaction: those of this process directly, those of other
 * processes through the database. Thread-safe.
 */
public final class ChangeNotices {
    private final HintListeners<Runnable> added = new HintListeners<>();
    private final HintListeners<Consumer<Claim>> cancelRequested = new HintListeners<>();
    private final WakeUps others;

    /**
     * Notices for this process and others.
     *
     * @param others makes the connection to other processes; its argument gives the hint when another process may have added jobs
     */
    public ChangeNotices(Function<Runnable, WakeUps> others) {
        this.others = others.apply(() -> added.give(Runnable::run));
    }

    /** Tells that jobs can be claimed. */
    public void ofJobs() {
        added.give(Runnable::run);
        others.tell();
    }

    /**
     * Runs a statement that adds a job which can be claimed, and tells of it.
     *
     * @param statement see {@link WakeUps#telling}
     * @return whether it has added a job
     */
    public boolean adding(Function<@Nullable String, PlainInsertResult> statement) {
        boolean hasAdded = others.telling(statement);
        if (hasAdded) {
            added.give(Runnable::run);
        }
        return hasAdded;
    }

    /** Tells subscribers that a committed transaction has released jobs, and which running jobs are to be cancelled. */
    public void of(AnswerWithNotices<?> moved) {
        moved.toCancel().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (moved.hasReleased()) {
            ofJobs();
        }
    }

    public <T> T told(AnswerWithNotices<T> moved) {
        of(moved);
        return moved.answer();
    }

    public StoreHints.Subscription onAdded(Runnable hint) {
        // In this order: if no thread can be started to listen, there is no subscription.
        StoreHints.Subscription elsewhere = others.listen();
        StoreHints.Subscription here = added.add(hint);
        return () -> {
            here.close();
            elsewhere.close();
        };
    }

    public StoreHints.Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    /** See {@link WakeUps#signing}. */
    public <T> T signing(Function<@Nullable ServerSessionId, T> beat) {
        return others.signing(beat);
    }

    public boolean hearsOthers() {
        return others.hearsOthers();
    }
}
