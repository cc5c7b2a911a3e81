package io.forthwith.jdbc.internal.limits;

import io.forthwith.JobStoreException;
import io.forthwith.internal.DelayRules;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.JobSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitPause;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.LimitStore;
import io.forthwith.store.limit.LimitGate;
import io.forthwith.store.limit.NextStart;
import io.forthwith.store.limit.StoredLimitKey;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The limits of a {@code JdbcJobStore}. Thread-safe. */
final class JdbcLimitStore implements LimitStore {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    private static final int KEYS_OF_A_LOOK = 1_000;
    private static final LimitRows.Range FAIR = LimitRows.Range.of(LimitKey.FAIR);

    private final Database database;
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
            NextStart nextStart,
            Runnable declared,
            Runnable wake) {
        this.database = database;
        this.rows = rows;
        this.parked = parked;
        this.dueNotes = dueNotes;
        this.notes = new LimitNotes(dialect);
        this.nextStart = nextStart;
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
        database.transaction("declare the limit " + limit.name(), session -> {
            rows.put(session, limit);
            return true;
        });
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
    public void override(LimitKey key, @Nullable Limit limit) {
        StoredLimitKey.unused(key).with(limit);
        change(key, stored -> stored.with(limit));
        wake.run();
    }

    @Override
    public LimitPause pause(LimitKey key, @Nullable String by, @Nullable String reason) {
        rows.create(database, Set.of(key));
        StoredLimitKey changed = database.transaction("pause the key " + key, session -> {
            StoredLimitKey stored = rows.lock(session, key);
            if (stored.pause() != null) {
                return stored;
            }
            StoredLimitKey paused =
                    stored.with(new LimitPause(rows.declared(session).now(), by, reason));
            rows.update(session, paused);
            return paused;
        });
        LimitPause pause = changed.pause();
        if (pause == null) {
            throw new AssertionError("not paused: " + changed);
        }
        return pause;
    }

    /**
     * {@inheritDoc}
     *
     * <p>It leaves no note: a claim that looks at the key leaves one for the end of the rest.
     */
    @Override
    public void rest(LimitKey key, Duration duration) {
        DelayRules.require(duration);
        rows.create(database, Set.of(key));
        database.transaction("let the key " + key + " rest", session -> {
            StoredLimitKey stored = rows.lock(session, key);
            Instant until = rows.declared(session).now().plus(duration).truncatedTo(ChronoUnit.MICROS);
            StoredLimitKey resting = stored.restingUntil(until);
            if (!resting.equals(stored)) {
                rows.update(session, resting);
            }
            return true;
        });
    }

    @Override
    public boolean resume(LimitKey key) {
        boolean wasPaused = change(key, StoredLimitKey::resumed).pause() != null;
        wake.run();
        return wasPaused;
    }

    /** Returns what was stored before. A note is left without looking whether a job waits. */
    private StoredLimitKey change(LimitKey key, UnaryOperator<StoredLimitKey> change) {
        rows.create(database, Set.of(key));
        return database.transaction("change the key " + key, session -> {
            StoredLimitKey stored = rows.lock(session, key);
            rows.update(session, change.apply(stored));
            notes.leave(session, List.of(key), null);
            return stored;
        });
    }

    @Override
    public LimitState state(LimitKey key) {
        return database.read("look at the key " + key, session -> state(session, rows.find(session, key)));
    }

    @Override
    public List<LimitState> states(String name, @Nullable String after, int limit) {
        return database.read("look at the keys of the limit " + name, session -> {
            List<LimitState> states = new ArrayList<>();
            for (StoredLimitKey stored : keys(session, name, after, limit)) {
                states.add(state(session, stored));
            }
            return states;
        });
    }

    /** Keys that jobs are fair by have no row unless somebody has changed them. */
    private List<StoredLimitKey> keys(Session session, String name, @Nullable String after, int limit)
            throws SQLException {
        List<StoredLimitKey> stored = rows.keys(session, name, after, limit);
        if (!name.equals(LimitKey.FAIR)) {
            return stored;
        }
        LimitRows.Range range = LimitRows.Range.of(name);
        String from = after == null ? range.from() : LimitKey.fairBy(after).text();
        Map<LimitKey, StoredLimitKey> all = new TreeMap<>();
        parked.keys(session, from, range.to(), limit).keys().forEach(key -> all.put(key, StoredLimitKey.unused(key)));
        stored.forEach(each -> all.put(each.key(), each));
        return all.values().stream().limit(limit).toList();
    }

    private LimitState state(Session session, StoredLimitKey stored) throws SQLException {
        LimitKey key = stored.key();
        LimitRows.Declared declared = rows.declared(session);
        List<UUID> holders = rows.holders(session, key);
        LimitGate gate = new LimitGate(declared.now());
        gate.add(stored, declared.of(key), holders.size());
        return new LimitState(
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
    public List<BlockedSequence> blocked(@Nullable String after, int limit) {
        return database.read("list the blocked sequences", session -> rows.blocked(session, after, limit));
    }

    /** Leaves a note in the same transaction: the jobs behind it may start. */
    @Override
    public boolean skip(UUID jobId) {
        boolean blocks = database.transaction("let jobs pass job " + jobId, session -> {
            Optional<String> key = rows.unblock(session, jobId);
            if (key.isPresent()) {
                notes.leave(session, List.of(JobSequence.limitKey(key.get())), null);
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
            idleKeys.forget(database);
        } catch (JobStoreException later) {
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
