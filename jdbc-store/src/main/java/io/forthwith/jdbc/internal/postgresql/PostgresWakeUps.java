package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.operations.ListenTimeouts;
import io.forthwith.jdbc.internal.operations.WakeUps;
import io.forthwith.jdbc.internal.rows.PlainInsertResult;
import io.forthwith.jdbc.internal.rows.ServerChange;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.store.StoreHints;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Wake-ups by LISTEN and NOTIFY. While a commit with NOTIFY runs, no other commit with NOTIFY of the server can. So few of the statements that add
 * jobs notify, see {@link NotifyPace}; the notifier tells of the jobs of all others. One listener serves all subscribers. Thread-safe.
 */
final class PostgresWakeUps implements WakeUps {
    private static final Duration AFTER_REFUSAL = Duration.ofMinutes(1);

    private final Database database;
    private final Runnable hint;
    private final ListenTimeouts timeouts;
    private final PostgresSignals signals;
    private final PostgresNotifier notifier;
    private final BeatSigner beatSigner;
    private final RecentSessionLoss recentLoss;
    private final ServerChange serverChange;

    private int subscribers;
    private volatile @Nullable PostgresListener listener;

    /**
     * @param hint given when another process may have added jobs
     */
    PostgresWakeUps(
            Database database,
            Runnable hint,
            ListenTimeouts timeouts,
            RecentSessionLoss recentLoss,
            ServerChange serverChange) {
        this.database = database;
        this.hint = hint;
        this.timeouts = timeouts;
        this.recentLoss = recentLoss;
        this.serverChange = serverChange;
        this.signals = new PostgresSignals(database.dialect());
        this.notifier = new PostgresNotifier(database, signals, timeouts);
        this.beatSigner = new BeatSigner(database, timeouts.patience().dividedBy(2));
    }

    @Override
    public void tell() {
        notifier.want(PostgresSignals.Signal.JOBS);
    }

    @Override
    public boolean telling(Function<@Nullable String, PlainInsertResult> statement) {
        PlainInsertResult inserted = notifier.takeTurn() ? inTurn(statement) : statement.apply(null);
        if (inserted == PlainInsertResult.INSERTED) {
            tell();
        }
        return inserted != PlainInsertResult.NOT_INSERTED;
    }

    private PlainInsertResult inTurn(Function<@Nullable String, PlainInsertResult> statement) {
        Duration pause = Duration.ZERO;
        try {
            PlainInsertResult inserted = tellingIfPossible(statement);
            if (inserted == PlainInsertResult.INSERTED) {
                pause = AFTER_REFUSAL;
            }
            return inserted;
        } finally {
            notifier.endTurn(pause);
        }
    }

    private PlainInsertResult tellingIfPossible(Function<@Nullable String, PlainInsertResult> statement) {
        try {
            return statement.apply(signals.ofJobs());
        } catch (JobStoreException failed) {
            if (!PostgresSignals.mayHaveFailedByTelling(failed)) {
                throw failed;
            }
        }
        return statement.apply(null);
    }

    @Override
    public synchronized StoreHints.Subscription listen() {
        if (subscribers == 0) {
            PostgresListener first = new PostgresListener(
                    database, signals, notifier, beatSigner, recentLoss, serverChange, hint, timeouts);
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
    public <T> T signing(Function<@Nullable ServerSessionId, T> beat) {
        return beatSigner.signing(beat);
    }

    private void leave() {
        PostgresListener last = null;
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
        PostgresListener current = listener;
        return current != null && current.isProven();
    }
}
