package io.forthwith.jdbc;

import io.forthwith.store.Claim;
import io.forthwith.store.HintListeners;
import io.forthwith.store.StoreHints;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells those who asked of what is committed: in this process at once, in others as the database can. Thread-safe. */
final class Telling {
    private final HintListeners<Runnable> added = new HintListeners<>();
    private final HintListeners<Consumer<Claim>> cancelRequested = new HintListeners<>();
    private final WakeUps others;

    Telling(Database database, Proving proving) {
        this.others = database.dialect().wakeUps(database, () -> added.give(Runnable::run), proving);
    }

    /** Jobs may be claimed. */
    void ofJobs() {
        added.give(Runnable::run);
        others.tell();
    }

    /** What is committed may be claimed, or is to be cancelled. */
    void of(Moved<?> moved) {
        moved.toCancel().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (moved.hasReleased()) {
            ofJobs();
        }
    }

    <T> T told(Moved<T> moved) {
        of(moved);
        return moved.answer();
    }

    StoreHints.Subscription onAdded(Runnable hint) {
        // In this order: if no thread can be had to listen, nobody is subscribed.
        StoreHints.Subscription elsewhere = others.listen();
        StoreHints.Subscription here = added.add(hint);
        return () -> {
            here.close();
            elsewhere.close();
        };
    }

    StoreHints.Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    /** See {@link WakeUps#signing}. */
    <T> T signing(Function<@Nullable Backend, T> beat) {
        return others.signing(beat);
    }

    boolean hearsOthers() {
        return others.hearsOthers();
    }
}
