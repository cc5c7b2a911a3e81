package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.SavepointScope;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rules.limit.LimitGate;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads and writes the rows of limits and of their keys. Immutable and thread-safe. */
final class LimitRows {
    private static final String KEY_COLUMNS =
            "limit_key, used_until, paused_at, paused_by, pause_reason, is_own, concurrency, starts, period_us, burst, rests_until";

    /** Comes after all keys. */
    static final String LAST = "~~";

    private final SqlDialect dialect;
    private final StatementText declared;
    private final StatementText lockKeys;
    private final StatementText existing;
    private final StatementText key;
    private final StatementText those;
    private final StatementText lockKey;
    private final StatementText keysOf;
    private final StatementText allKeysOf;
    private final StatementText paused;
    private final StatementText use;
    private final StatementText running;
    private final StatementText holders;
    private final StatementText insertKey;
    private final StatementText updateKey;
    private final StatementText deleteKey;
    private final StatementText insertLimit;
    private final StatementText updateLimit;
    private final StatementText lockLimit;
    private final StatementText blocking;
    private final StatementText sequenceOf;
    private final StatementText unblock;

    LimitRows(SqlDialect dialect) {
        this.dialect = dialect;
        // One row at least, for the time. On PostgreSQL, the transaction then plans its statements for indexes only.
        this.declared = dialect.sql("""
                SELECT l.name, l.concurrency, l.starts, l.period_us, l.burst, {now}, {by_index},
                  CASE WHEN EXISTS (%s) THEN 1 ELSE 0 END, NULL, CASE WHEN %s THEN 1 ELSE 0 END
                FROM (SELECT 1 AS one) AS always LEFT JOIN {job_limit} l ON l.burst >= 0
                UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, {now}, NULL, 0, name, 0 FROM {job_queue}""".formatted(ParkedJobs.ANY_FAIR, KeyChanges.ANY_OPEN));
        this.lockKeys = dialect.sql("SELECT " + KEY_COLUMNS + " FROM {locked_limit_keys}");
        this.existing = dialect.sql("SELECT limit_key FROM {existing_limit_keys}");
        this.key = dialect.sql("SELECT " + KEY_COLUMNS + " FROM {job_limit_key} WHERE limit_key = ?");
        this.those = dialect.sql("SELECT " + KEY_COLUMNS + " FROM {job_limit_key} WHERE limit_key {in}");
        this.lockKey = dialect.sql("SELECT " + KEY_COLUMNS + " FROM {job_limit_key} WHERE limit_key = ? {for_update}");
        this.keysOf = dialect.sql("SELECT " + KEY_COLUMNS
                + " FROM {job_limit_key} WHERE limit_key > ? AND limit_key < ? ORDER BY limit_key LIMIT ?");
        this.allKeysOf = dialect.sql("SELECT limit_key FROM {job_limit_key} WHERE limit_key >= ? AND limit_key < ?");
        this.paused = dialect.sql("SELECT " + KEY_COLUMNS
                + " FROM {job_limit_key} WHERE paused_at >= ? AND limit_key > ? ORDER BY limit_key LIMIT ?");
        this.use = dialect.sql("UPDATE {job_limit_key} SET used_until = ? WHERE limit_key = ?");
        // Of jobs under one limit the text is its key; that of the others begins with a plus, which is before the
        // comma.
        this.running = dialect.sql("""
                SELECT limits, {now}, 0 FROM {running_of_keys}
                UNION ALL SELECT limits, {now}, 0 FROM {running_of_several}
                UNION ALL SELECT NULL, {now}, CASE WHEN %s THEN 1 ELSE 0 END""".formatted(KeyChanges.ANY_OPEN));
        this.holders = dialect.sql("""
                SELECT id, limits FROM {job} WHERE {holding} = ?
                UNION ALL SELECT id, limits FROM {running_of_several}""");
        this.insertKey = dialect.sql(
                "INSERT INTO {job_limit_key} (limit_key, is_own, burst) VALUES (?, FALSE, 0) {unless_there}");
        this.deleteKey = dialect.sql("DELETE FROM {job_limit_key} WHERE limit_key = ?");
        this.updateKey = dialect.sql("""
                UPDATE {job_limit_key} SET paused_at = ?, paused_by = ?, pause_reason = ?, is_own = ?, concurrency = ?,
                  starts = ?, period_us = ?, burst = ?, rests_until = ? WHERE limit_key = ?""");
        this.blocking = dialect.sql("""
                SELECT sequence_key, id, type, completed_at, error_message FROM {job}
                WHERE status = 'failed' AND sequence_failure = 'block' AND sequence_key > ?
                ORDER BY sequence_key, sequence_place LIMIT ?""");
        this.sequenceOf = dialect.sql("""
                SELECT CASE WHEN status = 'failed' AND sequence_failure = 'block' THEN sequence_key END FROM {job} WHERE id = ? {for_update}""");
        this.unblock = dialect.sql("UPDATE {job} SET sequence_failure = 'skip' WHERE id = ?");
        this.insertLimit = dialect.sql("""
                INSERT INTO {job_limit} (concurrency, starts, period_us, burst, name) VALUES (?, ?, ?, ?, ?) {unless_there}""");
        this.lockLimit = dialect.sql("SELECT name FROM {job_limit} WHERE name = ? {for_update}");
        this.updateLimit = dialect.sql(
                "UPDATE {job_limit} SET concurrency = ?, starts = ?, period_us = ?, burst = ? WHERE name = ?");
    }

    /**
     * What is declared at a time of the database.
     *
     * @param limits by name, in the order of the names
     * @param hasFair whether parked jobs are fair by a key
     * @param pausedQueues the queues of which nothing starts
     * @param hasOpenChanges whether there are {@linkplain KeyChanges open changes} of keys
     */
    record Declared(
            Instant now, Map<String, Limit> limits, boolean hasFair, Set<String> pausedQueues, boolean hasOpenChanges) {
        @Nullable
        Limit of(LimitKey key) {
            return limits.get(key.limitName());
        }

        /** The job under all limits that hold for it. */
        LimitedJob withTypeLimit(LimitedJob job) {
            if (job.isUnreadable()) {
                return job;
            }
            List<JobLimit> all = LimitGate.limits(job.type(), job.isUndo(), job.limits(), limits::containsKey);
            return all.equals(job.limits()) ? job : job.with(all);
        }
    }

    Declared declared(Session session) throws SQLException {
        Session.Query<Declared> query = declared();
        session.ask(List.of(query));
        return query.rows().get(0);
    }

    /** Of its rows, the first one has everything. */
    Session.Query<Declared> declared() {
        Map<String, Limit> limits = new TreeMap<>();
        Set<String> pausedQueues = new HashSet<>();
        return new Session.Query<>(declared, Binder.NONE, row -> {
            String pausedQueue = row.getString(9);
            if (pausedQueue != null) {
                pausedQueues.add(pausedQueue);
                return null;
            }
            Limit limit = row.getString(1) == null ? null : limit(row.getString(1), row, 2);
            if (limit != null) {
                limits.put(limit.name(), limit);
            }
            return new Declared(dialect.time(row, 6), limits, row.getInt(8) == 1, pausedQueues, row.getInt(10) == 1);
        });
    }

    /** Null if somebody has written by hand what is no limit. */
    private static @Nullable Limit limit(String name, ResultSet row, int from) throws SQLException {
        long micros = row.getLong(from + 2);
        Duration period = row.wasNull() ? null : Duration.of(micros, ChronoUnit.MICROS);
        try {
            return ReadModelFactory.limit(
                    name,
                    JobRowReader.integer(row, from),
                    JobRowReader.integer(row, from + 1),
                    period,
                    row.getInt(from + 3));
        } catch (IllegalArgumentException byHand) {
            return null;
        }
    }

    private static Binder bind(Binder binder, @Nullable Limit limit) throws SQLException {
        Duration period = limit == null ? null : limit.period();
        return binder.number(limit == null ? null : limit.concurrency())
                .number(limit == null ? null : limit.starts())
                .micros(period)
                .number(limit == null ? 0 : limit.burst());
    }

    /**
     * Workers that start at the same moment declare the same limits: whose insert comes second updates. The row is locked first, since MySQL limits the wait of no other statement.
     */
    void put(Session session, Limit limit) throws SQLException {
        session.first(lockLimit, binder -> binder.text(limit.name()), row -> row.getString(1));
        Binder.Params params = binder -> bind(binder, limit).text(limit.name());
        if (session.update(updateLimit, params) == 0 && !isInserted(session, insertLimit, params)) {
            session.update(updateLimit, params);
        }
    }

    /** False if the row is there. */
    boolean isInserted(Session session, StatementText insert, Binder.Params params) throws SQLException {
        try (SavepointScope scope = session.savepoint()) {
            try {
                return session.update(insert, params) > 0;
            } catch (SQLException there) {
                if (dialect.failureOf(there) != SqlFailureKind.DUPLICATE) {
                    throw there;
                }
                scope.rollBack();
                return false;
            }
        }
    }

    /** Null if somebody has written by hand what is no key. */
    static @Nullable LimitKey key(String text) {
        try {
            return LimitKey.parse(text);
        } catch (IllegalArgumentException byHand) {
            return null;
        }
    }

    /** Locks those of these keys that are there and that no other transaction has locked. */
    Session.Query<LimitKeyRow> lockKeys(Collection<LimitKey> keys) {
        return new Session.Query<>(lockKeys, binder -> binder.texts(texts(keys)), this::stored);
    }

    static List<String> texts(Collection<LimitKey> keys) {
        return keys.stream().map(LimitKey::text).sorted().toList();
    }

    /** Those of these keys that have no row. */
    Set<LimitKey> missing(Session session, Collection<LimitKey> keys) throws SQLException {
        Set<LimitKey> missing = new TreeSet<>(keys);
        if (!missing.isEmpty()) {
            session.query(existing, binder -> binder.texts(texts(keys)), row -> LimitKey.parse(row.getString(1)))
                    .forEach(missing::remove);
        }
        return missing;
    }

    /** Makes rows for keys that have none, in the order of the keys: an insert waits for another one of the same key. */
    void create(Database database, Set<LimitKey> keys) {
        List<LimitKey> sorted = keys.stream().sorted().toList();
        boolean areNew = database.transaction("add keys of limits", session -> areNew(session, sorted));
        if (!areNew) {
            sorted.forEach(each -> database.transaction(
                    "add the key " + each + " of a limit",
                    session -> isInserted(session, insertKey, binder -> binder.text(each.text()))));
        }
    }

    /** False if another transaction has just made one of them, and the database cannot leave that out; then none is made. */
    private boolean areNew(Session session, List<LimitKey> keys) throws SQLException {
        try (SavepointScope scope = session.savepoint()) {
            try {
                session.batch(insertKey, keys, (binder, each) -> binder.text(each.text()));
                return true;
            } catch (SQLException there) {
                if (dialect.failureOf(there) != SqlFailureKind.DUPLICATE) {
                    throw there;
                }
                scope.rollBack();
                return false;
            }
        }
    }

    LimitKeyRow find(Session session, LimitKey of) throws SQLException {
        return session.first(key, binder -> binder.text(of.text()), this::stored)
                .orElseGet(() -> LimitKeyRow.unused(of));
    }

    /**
     * A row of a key.
     *
     * @param key null if somebody has written by hand what is no key
     */
    record Row(String text, @Nullable LimitKeyRow key) {}

    /** The keys that their rows call paused, those after a text. The comparison with a time is what the index answers on every database. */
    List<Row> paused(Session session, String after, int atMost) throws SQLException {
        return session.query(
                paused,
                binder -> binder.time(Instant.EPOCH).text(after).number(atMost),
                row -> new Row(row.getString(1), stored(row)));
    }

    /** All of these keys, also those without a row. */
    List<LimitKeyRow> find(Session session, Collection<LimitKey> keys) throws SQLException {
        if (keys.isEmpty()) {
            return List.of();
        }
        Map<LimitKey, LimitKeyRow> found = new TreeMap<>();
        keys.forEach(each -> found.put(each, LimitKeyRow.unused(each)));
        session.query(those, binder -> binder.texts(texts(keys)), this::stored)
                .forEach(stored -> found.put(stored.key(), stored));
        return List.copyOf(found.values());
    }

    /** Waits for claims that have locked it. Makes the row again if it has just been {@linkplain IdleKeys forgotten}. */
    LimitKeyRow lock(Session session, LimitKey of) throws SQLException {
        while (true) {
            Optional<LimitKeyRow> locked = session.first(lockKey, binder -> binder.text(of.text()), this::stored);
            if (locked.isPresent()) {
                return locked.get();
            }
            isInserted(session, insertKey, binder -> binder.text(of.text()));
        }
    }

    /** The next keys in their order, of all limits. */
    List<LimitKeyRow> after(Session session, String after, int limit) throws SQLException {
        return session.query(keysOf, binder -> binder.text(after).text(LAST).number(limit), this::stored);
    }

    /** One by one: a list might be read by a scan, which waits for rows that others have locked. */
    void delete(Session session, List<LimitKey> keys) throws SQLException {
        session.batch(deleteKey, keys, (binder, each) -> binder.text(each.text()));
    }

    List<LimitKeyRow> keys(Session session, String name, @Nullable String after, int atMost) throws SQLException {
        String from = name + ":" + (after == null ? "" : after);
        return session.query(keysOf, binder -> binder.text(from).text(end(name)).number(atMost), this::stored);
    }

    /** All keys for which a limit may hold. */
    List<LimitKey> keys(Session session, Limit limit) throws SQLException {
        Range range = Range.of(limit.name());
        return session.query(allKeysOf, binder -> binder.text(range.from).text(range.to), row -> key(row.getString(1)));
    }

    /** The texts of the keys of a limit: from the first one on, and before the second one. */
    record Range(String from, String to) {
        /** Before all characters of a name. Not a space: to MariaDB a text with and without a space at its end are equal, and nothing would be between them. */
        static final String FIRST_CHARACTER = "!";

        static Range of(String limitName) {
            return limitName.startsWith(LimitKey.TYPE + ":")
                    ? new Range(limitName, limitName + FIRST_CHARACTER)
                    : new Range(limitName + ":", end(limitName));
        }
    }

    /** The semicolon comes after the colon. */
    private static String end(String name) {
        return name + ";";
    }

    @Nullable
    LimitKeyRow stored(ResultSet row) throws SQLException {
        LimitKey of = key(row.getString(1));
        if (of == null) {
            return null;
        }
        Instant pausedAt = dialect.timeOrNull(row, 3);
        return new LimitKeyRow(
                of,
                // By hand only: a sequence has no other limit.
                row.getBoolean(6) && !of.isSequence() ? limit(of.limitName(), row, 7) : null,
                pausedAt == null ? null : ReadModelFactory.pause(pausedAt, row.getString(4), row.getString(5)),
                dialect.timeOrNull(row, 2),
                dialect.timeOrNull(row, 11));
    }

    void update(Session session, LimitKeyRow changed) throws SQLException {
        session.update(updateKey, binder -> bindState(binder, changed));
    }

    /** Binds what somebody may change of a key, and the key. */
    Binder bindState(Binder binder, LimitKeyRow changed) throws SQLException {
        Pause pause = changed.pause();
        return bind(
                        binder.time(pause == null ? null : pause.since())
                                .text(pause == null ? null : pause.by())
                                .text(pause == null ? null : pause.reason())
                                .flag(changed.override() != null),
                        changed.override())
                .time(changed.restsUntil())
                .text(changed.key().text());
    }

    void use(Session session, List<LimitKeyRow> used) throws SQLException {
        session.batch(
                use,
                used,
                (binder, each) -> binder.time(each.usedUntil()).text(each.key().text()));
    }

    /**
     * The running jobs of some keys, as committed before the query.
     *
     * @param jobs gets how many run under each key
     * @param query what finds them
     */
    record Running(Map<LimitKey, Integer> jobs, Session.Query<Found> query) {
        /**
         * A row.
         *
         * @param hasOpenChanges whether it says that changes of keys are open
         */
        record Found(Instant now, boolean hasOpenChanges) {}

        Instant now() {
            return query.rows().get(0).now();
        }

        boolean hasOpenChanges() {
            return query.rows().stream().anyMatch(Found::hasOpenChanges);
        }
    }

    /** How many jobs run under each of these keys. */
    Running running(Collection<LimitKey> keys) {
        Map<LimitKey, Integer> counted = new HashMap<>();
        return new Running(counted, new Session.Query<>(running, binder -> binder.texts(texts(keys)), row -> {
            for (JobLimit limit : JobRowReader.limits(row, 1)) {
                counted.merge(limit.key(), 1, Integer::sum);
            }
            return new Running.Found(dialect.time(row, 2), row.getInt(3) == 1);
        }));
    }

    /** The failed jobs that block their sequences, the first of each sequence. */
    List<BlockedSequence> blocked(Session session, @Nullable String after, int atMost) throws SQLException {
        Map<String, BlockedSequence> blocked = new LinkedHashMap<>();
        String from = after == null ? "" : after;
        int found = atMost;
        while (found == atMost && blocked.size() < atMost) {
            String last =
                    blocked.isEmpty() ? from : List.copyOf(blocked.keySet()).get(blocked.size() - 1);
            List<BlockedSequence> page =
                    session.query(blocking, binder -> binder.text(last).number(atMost), this::blocked);
            page.forEach(each -> blocked.putIfAbsent(each.key(), each));
            found = page.size();
        }
        return blocked.values().stream().limit(atMost).toList();
    }

    private @Nullable BlockedSequence blocked(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 2);
        return id == null
                ? null
                : ReadModelFactory.blockedSequence(
                        row.getString(1), id, row.getString(3), dialect.timeOrNull(row, 4), row.getString(5));
    }

    /** Lets jobs pass one that blocks its sequence; answers the key of that, or nothing if it does not block one. */
    Optional<String> unblock(Session session, UUID job) throws SQLException {
        Optional<String> key = session.first(sequenceOf, binder -> binder.id(job), row -> row.getString(1));
        if (key.isPresent()) {
            session.update(unblock, binder -> binder.id(job));
        }
        return key;
    }

    /** The running jobs of a key, in the order of their ids. */
    List<UUID> holders(Session session, LimitKey of) throws SQLException {
        return session
                .query(
                        holders,
                        binder -> binder.text(of.text()),
                        row -> JobRowReader.limits(row, 2).stream()
                                        .anyMatch(limit -> limit.key().equals(of))
                                ? dialect.readId(row, 1)
                                : null)
                .stream()
                .sorted(IdOrder.ASCENDING)
                .toList();
    }
}
