package io.forthwith.jdbc.internal.limits;

import io.forthwith.JobStoreException;
import io.forthwith.internal.DelayRules;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LockPolling;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequencePlace;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rules.limit.LimitGate;
import io.forthwith.store.rules.limit.NextStart;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The limits of a {@code JdbcJobStore}. Thread-safe. */
final class JdbcLimitStore implements LimitStore {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    private static final int KEYS_OF_A_LOOK = 1_000;
    private static final Duration LOCK_WAIT = Duration.ofMillis(15);
    /** Longer than a claim keeps a key, as a rule. */
    private static final Duration CLAIMS_TAKE = Duration.ofMillis(50);

    private static final Duration OPEN_CLAIMS_MAY_TAKE = Duration.ofMillis(500);
    private static final Duration OTHER_CHANGES_MAY_TAKE = Duration.ofMillis(500);
    private static final LimitRows.Range FAIR = LimitRows.Range.of(LimitKey.FAIR);

    private final Database database;
    private final Database impatient;
    private final KeyChanges changes;
    private final LimitRows rows;
    private final ParkedJobs parked;
    private final DueNotes dueNotes;
    private final LimitNotes notes;
    private final NextStart nextStart;
    private final IdleKeys idleKeys;
    private final Runnable declared;
    private final Runnable wake;
    /** Where the next look at keys with parked jobs goes on. */
    private volatile String lookedUpTo = "";

    JdbcLimitStore(
            Database database,
            SqlDialect dialect,
            LimitRows rows,
            ParkedJobs parked,
            DueNotes dueNotes,
            KeyChanges changes,
            NextStart nextStart,
            Runnable declared,
            Runnable wake) {
        this.database = database;
        this.rows = rows;
        this.parked = parked;
        this.dueNotes = dueNotes;
        this.notes = new LimitNotes(dialect);
        this.nextStart = nextStart;
        this.impatient = database.withLockWait(LOCK_WAIT);
        this.changes = changes;
        this.idleKeys = new IdleKeys(rows, parked);
        this.declared = declared;
        this.wake = wake;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Two transactions: a claim that has read the old limit has made the rows of its keys before the new one is committed, so notes for the rows that are there
     * after that reach all jobs that it parks.
     */
    @Override
    public void put(Limit limit) {
        limit.requireDeclarable();
        soon(
                "declare the limit " + limit.name(),
                what -> impatient.transaction(what, session -> {
                    rows.put(session, limit);
                    return true;
                }));
        declared.run();
        database.transaction("look at the keys of the limit " + limit.name(), session -> {
            notes.leave(session, rows.keys(session, limit), null);
            return true;
        });
        wake.run();
    }

    @Override
    public List<Limit> list() {
        return database.read(
                "list the limits",
                session -> List.copyOf(rows.declared(session).limits().values()));
    }

    @Override
    public LimitChangeResult override(LimitKey key, @Nullable Limit limit) {
        LimitKeyRow.unused(key).with(limit);
        return changed(key, true, (session, stored) -> stored.with(limit));
    }

    @Override
    public LimitChangeResult pause(LimitKey key, Pause pause) {
        return changed(
                key,
                false,
                (session, stored) -> stored.pause() == null
                        ? stored.with(
                                ReadModelFactory.pause(rows.declared(session).now(), pause.by(), pause.reason()))
                        : stored);
    }

    /**
     * {@inheritDoc}
     *
     * <p>It leaves no note: a claim that looks at the key leaves one for the end of the rest.
     */
    @Override
    public LimitChangeResult rest(LimitKey key, Duration duration) {
        DelayRules.require(duration);
        return changed(
                key,
                false,
                (session, stored) -> stored.restingUntil(
                        rows.declared(session).now().plus(duration).truncatedTo(ChronoUnit.MICROS)));
    }

    @Override
    public LimitChangeResult resume(LimitKey key) {
        return changed(key, true, (session, stored) -> stored.resumed());
    }

    /** @param mayStart whether jobs of the key may start after it: then a note is left, without looking whether a job waits */
    private LimitChangeResult changed(LimitKey key, boolean mayStart, KeyChanges.Work work) {
        KeyChanges.Work noting = (session, stored) -> {
            LimitKeyRow after = work.changed(session, stored);
            if (mayStart) {
                notes.leave(session, List.of(key), null);
            }
            return after;
        };
        boolean hasOpenClaim = false;
        KeyChanges.Changed changed;
        try {
            Supplier<KeyChanges.Changed> directly = () -> directly(key, noting);
            changed = LockPolling.of(CLAIMS_TAKE, directly, directly);
        } catch (LocksHeldException others) {
            changed = soon("change the key " + key, what -> announced(key, noting));
            hasOpenClaim = !endsSoon(key);
        }
        if (mayStart) {
            wake.run();
        }
        return ReadModelFactory.limitChangeResult(
                key, changed.before().pause(), changed.after().pause(), hasOpenClaim);
    }

    /** Whether the claims that have locked the key end; then the change is written into its row. */
    private boolean endsSoon(LimitKey key) {
        Supplier<KeyChanges.Changed> close = () -> directly(key, KeyChanges.Work.NONE);
        try {
            LockPolling.of(OPEN_CLAIMS_MAY_TAKE, close, close);
            return true;
        } catch (LocksHeldException others) {
            return false;
        }
    }

    private KeyChanges.Changed directly(LimitKey key, KeyChanges.Work work) {
        rows.create(impatient, Set.of(key));
        return impatient.transaction("change the key " + key, session -> changes.apply(session, key, work));
    }

    /** Waits for another change of the same thing, but not for one that has gone silent. */
    private static <T> T soon(String what, Function<String, T> change) {
        Supplier<T> now = () -> change.apply(what);
        try {
            return LockPolling.of(OTHER_CHANGES_MAY_TAKE, now, now);
        } catch (LocksHeldException others) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "Could not " + what + ": another change of it has not ended within "
                            + OTHER_CHANGES_MAY_TAKE.toMillis()
                            + " ms, perhaps because its process is stopped; nothing was changed, the same call may succeed later",
                    others);
        }
    }

    private KeyChanges.Changed announced(LimitKey key, KeyChanges.Work work) {
        while (true) {
            Optional<KeyChanges.Changed> announced = impatient.transaction(
                    "announce a change of the key " + key, session -> changes.announce(session, key, work));
            if (announced.isPresent()) {
                return announced.get();
            }
        }
    }

    @Override
    public LimitState state(LimitKey key) {
        return database.read(
                "look at the key " + key,
                session -> state(
                        session,
                        rows.declared(session),
                        changes.asTheyStand(session).apply(rows.find(session, key))));
    }

    @Override
    public List<LimitState> states(String name, @Nullable String after, int atMost) {
        return database.read("look at the keys of the atMost " + name, session -> {
            List<LimitState> states = new ArrayList<>();
            UnaryOperator<LimitKeyRow> asTheyStand = changes.asTheyStand(session);
            LimitRows.Declared declared = rows.declared(session);
            for (LimitKeyRow stored : keys(session, name, after, atMost)) {
                states.add(state(session, declared, asTheyStand.apply(stored)));
            }
            return states;
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>A key may be paused by a change that is not written into its row yet, or resumed by one. The changes are read first: one that is closed in between is in the row then.
     */
    @Override
    public List<LimitState> paused(int atMost) {
        return database.read("look at the keys that are paused", session -> {
            Map<LimitKey, LimitKeyRow> open = changes.open(session);
            Map<LimitKey, LimitKeyRow> paused = new TreeMap<>(open);
            paused.values().removeIf(key -> key.pause() == null);
            List<LimitRows.Row> page;
            String after = "";
            int found = 0;
            do {
                page = rows.paused(session, after, atMost);
                for (LimitRows.Row row : page) {
                    after = row.text();
                    if (row.key() != null && !open.containsKey(row.key().key())) {
                        paused.put(row.key().key(), row.key());
                        found++;
                    }
                }
            } while (page.size() == atMost && found < atMost);
            LimitRows.Declared declared = rows.declared(session);
            List<LimitState> states = new ArrayList<>();
            for (LimitKeyRow key : paused.values().stream().limit(atMost).toList()) {
                states.add(state(session, declared, key));
            }
            return states;
        });
    }

    @Override
    public WaitingJobs waitingJobs(LimitKey key, int atMost) {
        return database.read(
                "look at the jobs that wait for the key " + key, session -> parked.waiting(session, key, atMost));
    }

    /** Keys that jobs are fair by have no row unless somebody has changed them. */
    private List<LimitKeyRow> keys(Session session, String name, @Nullable String after, int atMost)
            throws SQLException {
        List<LimitKeyRow> stored = rows.keys(session, name, after, atMost);
        if (!name.equals(LimitKey.FAIR)) {
            return stored;
        }
        LimitRows.Range range = LimitRows.Range.of(name);
        String from = after == null ? range.from() : LimitKey.fairBy(after).text();
        Map<LimitKey, LimitKeyRow> all = new TreeMap<>();
        parked.keys(session, from, range.to(), atMost).keys().forEach(key -> all.put(key, LimitKeyRow.unused(key)));
        stored.forEach(each -> all.put(each.key(), each));
        return all.values().stream().limit(atMost).toList();
    }

    private LimitState state(Session session, LimitRows.Declared declared, LimitKeyRow stored) throws SQLException {
        LimitKey key = stored.key();
        List<UUID> holders = rows.holders(session, key);
        LimitGate gate = new LimitGate(declared.now());
        gate.add(stored, declared.of(key), holders.size());
        return ReadModelFactory.limitState(
                key,
                stored.effective(declared.of(key)),
                stored.override() != null,
                stored.pause(),
                holders.subList(0, Math.min(holders.size(), LimitState.MOST)),
                parked.count(session, key, LimitState.MOST),
                gate.nextStart(key).orElse(null),
                stored.restsAfter(gate.now()),
                key.isSequence()
                        ? parked.first(session, key).map(ParkedJobs.First::id).orElse(null)
                        : null);
    }

    @Override
    public List<BlockedSequence> blocked(@Nullable String after, int atMost) {
        return database.read("list the blocked sequences", session -> rows.blocked(session, after, atMost));
    }

    /** Leaves a note in the same transaction: the jobs behind it may start. */
    @Override
    public boolean skip(UUID jobId) {
        boolean blocks = database.transaction("let jobs pass job " + jobId, session -> {
            Optional<String> key = rows.unblock(session, jobId);
            if (key.isPresent()) {
                notes.leave(session, List.of(SequencePlace.limitKey(key.get())), null);
            }
            return key.isPresent();
        });
        wake.run();
        return blocks;
    }

    @Override
    public int waiting(String limitName) {
        LimitRows.Range keys = LimitRows.Range.of(limitName);
        return database.read(
                "count the jobs that wait for the limit " + limitName,
                session -> parked.count(session, keys.from(), keys.to(), LimitState.MOST));
    }

    @Override
    public @Nullable Duration untilNextStart() {
        return nextStart.left();
    }

    /**
     * {@inheritDoc}
     *
     * <p>It looks at a thousand keys with waiting jobs, and goes on after them the next time. After that it {@linkplain IdleKeys forgets} keys.
     */
    @Override
    public void lookAgain() {
        lookedUpTo = database.transaction("look at keys with waiting jobs", session -> {
            ParkedJobs.Keys page = keysAfter(session, lookedUpTo);
            if (!page.keys().isEmpty()) {
                // Without those that have a note: what it misses by that, the next look finds.
                Set<LimitKey> without = new TreeSet<>(page.keys());
                without.removeAll(dueNotes.noted(session));
                notes.leave(session, without, null);
            }
            return page.next() == null ? "" : page.next();
        });
        try {
            changes.close(impatient);
            idleKeys.forget(database);
        } catch (JobStoreException | LocksHeldException later) {
            // Claims go on without it, and the next look tries again.
            LOG.debug("Keys of limits were not looked at", later);
        }
    }

    /** Without those that jobs are fair by: claims look at all of them. The next look goes on behind them. */
    private ParkedJobs.Keys keysAfter(Session session, String after) throws SQLException {
        ParkedJobs.Keys page = parked.keys(session, after, LimitRows.LAST, KEYS_OF_A_LOOK);
        List<LimitKey> limited =
                page.keys().stream().filter(key -> !key.isFair()).toList();
        boolean isCut = limited.size() < page.keys().size();
        return new ParkedJobs.Keys(limited, isCut ? max(page.next(), FAIR.to()) : page.next());
    }

    private static String max(@Nullable String one, String other) {
        return one == null || one.compareTo(other) < 0 ? other : one;
    }
}
