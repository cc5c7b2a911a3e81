package io.forthwith.jdbc;

import io.forthwith.store.StoreHints;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * LISTEN and NOTIFY. Nothing is said in the transactions that add jobs, since NOTIFY takes a lock on the whole database when it
 * commits. One listener serves all who asked.
 */
final class PostgresWakeUps implements WakeUps {
    private final Database database;
    private final Runnable hint;
    private final Proving proving;
    private final PostgresSignals signals;
    private final Notifier notifier;
    private final Presence presence;

    private int subscribers;
    private volatile @Nullable Listener listener;

    /** @param hint given when others may have added jobs */
    PostgresWakeUps(Database database, Runnable hint, Proving proving) {
        this.database = database;
        this.hint = hint;
        this.proving = proving;
        this.signals = new PostgresSignals(database.dialect());
        this.notifier = new Notifier(database, signals, proving);
        this.presence = new Presence(database, proving.patience().dividedBy(2));
    }

    @Override
    public void tell() {
        notifier.want(PostgresSignals.Signal.JOBS);
    }

    @Override
    public synchronized StoreHints.Subscription listen() {
        if (subscribers == 0) {
            Listener first = new Listener(database, signals, notifier, presence, hint, proving);
            first.start();
            listener = first;
        }
        subscribers++;
        AtomicBoolean isOpen = new AtomicBoolean(true);
        return () -> {
            if (isOpen.getAndSet(false)) {
                leave();
            }
        };
    }

    @Override
    public <T> T signing(Function<@Nullable Backend, T> beat) {
        return presence.signing(beat);
    }

    private void leave() {
        Listener last = null;
        synchronized (this) {
            if (--subscribers == 0) {
                last = listener;
                listener = null;
            }
        }
        if (last != null) {
            last.close();
        }
    }

    @Override
    public boolean hearsOthers() {
        Listener current = listener;
        return current != null && current.isProven();
    }
}
