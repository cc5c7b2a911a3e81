package io.forthwith.jdbc.internal.adding;

import io.forthwith.UniqueKey;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.rules.JobMoves;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who has the unique keys of new jobs, in each scope. Immutable and thread-safe.
 *
 * <p>Keys that a job has until it has ended, or started, are in unique indexes of jobs. Keys for a period are rows of their own, because they outlive their
 * jobs.
 */
final class KeyHolders {
    /** How often the row of a key may vanish, or its period end, between two statements. */
    private static final int MOST_ROUNDS = 10;

    private final SqlDialect dialect;
    private final StatementText untilEnded;
    private final StatementText untilStarted;
    private final StatementText lockUntilEnded;
    private final StatementText lockUntilStarted;
    private final StatementText lock;
    private final StatementText takeEnded;
    private final StatementText insert;
    private final StatementText holderForPeriod;
    private final StatementText times;
    private final LimitNotes notes;
    private final StatementText replace;
    private final StatementText replaceAndMove;

    KeyHolders(SqlDialect dialect) {
        this.dialect = dialect;
        String ended = """
                SELECT id, type, unique_key FROM {job_by_key open_key} AND {open_key} IS NOT NULL
                  AND {filter status} IN ('pending', 'processing', 'waiting')""";
        String started = """
                SELECT id, type, start_key FROM {job_by_key open_start_key} AND {open_start_key} IS NOT NULL
                  AND {filter status} IN ('pending', 'waiting') AND claim = 0""";
        this.untilEnded = dialect.sql(ended + " {latest}");
        this.untilStarted = dialect.sql(started + " {latest}");
        // A lock that is shared first and exclusive later would be a deadlock of two calls that replace one input.
        this.lockUntilEnded = dialect.sql(ended + "\n" + FamilyLocks.LOCK_ORDER + "{for_update}");
        this.lockUntilStarted = dialect.sql(started + "\n" + FamilyLocks.LOCK_ORDER + "{for_update}");
        this.lock = dialect.sql("SELECT id FROM {job} WHERE id {in} " + FamilyLocks.LOCK_ORDER + "{for_update}");
        this.takeEnded = dialect.sql("""
                UPDATE {job_key} SET job_id = ?, expires_at = {after}
                WHERE type = ? AND unique_key = ? AND expires_at <= {now}""");
        this.insert = dialect.sql("""
                INSERT INTO {job_key} (job_id, expires_at, type, unique_key) VALUES (?, {after}, ?, ?) {unless_there}""");
        this.holderForPeriod = dialect.sql("""
                SELECT job_id FROM {job_key} WHERE type = ? AND unique_key = ? AND expires_at > {now} {latest}""");
        this.notes = new LimitNotes(dialect);
        this.times = dialect.sql(
                "SELECT created_at, coalesce(due_at, run_at), {now}, limits FROM {job} WHERE id = ? {for_update}");
        String takesInput = " WHERE id = ? AND status IN ('pending', 'waiting') AND claim = 0";
        this.replace = dialect.sql(
                "UPDATE {job} SET input_data = {json}, expires_at = {after_or_null}, updated_at = {now}" + takesInput);
        this.replaceAndMove = dialect.sql(
                "UPDATE {job} SET input_data = {json}, expires_at = {after_or_null}, run_at = ?, due_at = NULL,"
                        + " parked_under = NULL, parked_rank = NULL, updated_at = {now}"
                        + takesInput);
    }

    /** Whether the whole call is refused if the key of this job is taken. */
    static boolean rejects(EncodedJob job) {
        UniqueKey key = job.job().uniqueKey();
        return key != null && key.rejects();
    }

    /** Whether adding this job may change other rows than its own, so that it takes a transaction of several statements. */
    static boolean changesRows(EncodedJob job) {
        UniqueKey key = job.job().uniqueKey();
        return key != null
                && (key.scope() == UniqueKey.Scope.PERIOD || key.ifTaken() != UniqueKey.IfTaken.RETURN_EXISTING);
    }

    /**
     * The jobs that have the keys of these rows until they have ended, or started.
     *
     * @return by the id of the row; no entry if its key is free
     */
    Map<UUID, UUID> find(Session session, List<NewJobRow> rows) throws SQLException {
        Map<UUID, UUID> holders = new HashMap<>();
        boolean locks = rows.stream().anyMatch(KeyHolders::replacesInput);
        find(session, rows, UniqueKey.Scope.UNTIL_ENDED, locks ? lockUntilEnded : untilEnded, holders);
        find(session, rows, UniqueKey.Scope.UNTIL_STARTED, locks ? lockUntilStarted : untilStarted, holders);
        return holders;
    }

    /**
     * Locks the jobs whose inputs a call replaces, in the order in which families are locked. The queries by key lock one scope after the other: then
     * this call and a change of a family could wait for each other.
     *
     * @param rows those that have not been inserted
     * @param refusals why rows with keys for a period are not inserted
     */
    void lockInOrder(Session session, List<NewJobRow> rows, List<NewJobRow> open, Map<UUID, Added> refusals)
            throws SQLException {
        List<NewJobRow> forPeriods = open.stream()
                .filter(row -> replacesInput(row) && isTaken(refusals.get(row.id())))
                .toList();
        boolean locks = rows.stream().anyMatch(KeyHolders::replacesInput);
        if (!locks || rows.size() + forPeriods.size() < 2 || session.readsLatest()) {
            return;
        }
        Map<UUID, UUID> holders = new HashMap<>();
        find(session, rows, UniqueKey.Scope.UNTIL_ENDED, untilEnded, holders);
        find(session, rows, UniqueKey.Scope.UNTIL_STARTED, untilStarted, holders);
        forPeriods.forEach(row -> holders.put(
                row.id(), Objects.requireNonNull(refusals.get(row.id())).id()));
        lock(session, holders.values());
    }

    private void lock(Session session, Collection<UUID> holders) throws SQLException {
        List<UUID> ids = IdOrder.sorted(Set.copyOf(holders));
        if (!ids.isEmpty()) {
            session.query(lock, binder -> binder.ids(ids), row -> null);
        }
    }

    /** Those that replace the input of the job that has their key. */
    static List<NewJobRow> replacing(List<NewJobRow> rows) {
        return rows.stream().filter(KeyHolders::replacesInput).toList();
    }

    private static boolean replacesInput(NewJobRow row) {
        UniqueKey key = row.job().uniqueKey();
        return key != null && key.replacesInput();
    }

    private void find(
            Session session, List<NewJobRow> rows, UniqueKey.Scope scope, StatementText query, Map<UUID, UUID> holders)
            throws SQLException {
        List<NewJobRow> keyed =
                rows.stream().filter(row -> row.key(scope) != null).toList();
        if (keyed.isEmpty()) {
            return;
        }
        Set<String> types = keyed.stream().map(NewJobRow::type).collect(Collectors.toSet());
        Set<String> keys = keyed.stream()
                .map(row -> Objects.requireNonNull(row.key(scope)))
                .collect(Collectors.toSet());
        Map<TypeAndKey, UUID> holderOf = new HashMap<>();
        session.query(query, binder -> binder.texts(types).texts(keys), row -> {
            UUID id = dialect.readId(row, 1);
            return id == null ? null : holderOf.put(new TypeAndKey(row.getString(2), row.getString(3)), id);
        });
        for (NewJobRow row : keyed) {
            UUID holder = holderOf.get(new TypeAndKey(row.type(), row.key(scope)));
            if (holder != null) {
                holders.put(row.id(), holder);
            }
        }
    }

    /** A unique key of a type, which one job at most may have. */
    private record TypeAndKey(String type, @Nullable String key) {}

    /**
     * Takes the keys for a period, one after the other; rows without such a key take none.
     *
     * @param rows in the order of their keys, so that two transactions do not wait for each other
     * @return why rows are not to be inserted; no entry for those that got their keys
     */
    Map<UUID, Added> take(Session session, List<NewJobRow> rows) throws SQLException {
        Map<UUID, Added> refusals = new HashMap<>();
        for (NewJobRow row : rows) {
            Optional<UUID> holder = row.key(UniqueKey.Scope.PERIOD) == null ? Optional.empty() : take(session, row);
            holder.ifPresent(id -> refusals.put(
                    row.id(), new Added(id, id.equals(row.id()) ? Added.Outcome.ID_EXISTS : Added.Outcome.KEY_TAKEN)));
        }
        return refusals;
    }

    private Optional<UUID> take(Session session, NewJobRow row) throws SQLException {
        Duration period = Objects.requireNonNull(
                Objects.requireNonNull(row.job().uniqueKey()).period());
        String key = row.key(UniqueKey.Scope.PERIOD);
        Binder.Params values =
                binder -> binder.id(row.id()).micros(period).text(row.type()).text(key);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            if (session.update(takeEnded, values) > 0 || isInserted(session, values)) {
                return Optional.empty();
            }
            Optional<UUID> holder = session.first(
                    holderForPeriod, binder -> binder.text(row.type()).text(key), found -> dialect.readId(found, 1));
            if (holder.isPresent()) {
                return holder;
            }
        }
        throw AddJobs.keysChangeHands(1);
    }

    private boolean isInserted(Session session, Binder.Params values) throws SQLException {
        try {
            return session.update(insert, values) > 0;
        } catch (SQLException refused) {
            if (dialect.failureOf(refused) != SqlFailureKind.DUPLICATE) {
                throw refused;
            }
            return false;
        }
    }

    /**
     * Gives the inputs of refused rows to the jobs that have their keys, where the keys say so.
     *
     * <p>A claim and this meet at the row of that job: the claim skips it while it is locked here, and this waits for a claim, and then finds the job
     * claimed. A key that a job had until it started is free then, and the row is inserted in the next round.
     *
     * @param refusals by the ids of the rows
     * @return the answers; no entry for a row whose key may be free again
     */
    Map<UUID, Added> replaceInputs(Session session, Map<UUID, Added> refusals, List<NewJobRow> rows)
            throws SQLException {
        Map<UUID, Added> answers = new HashMap<>(refusals);
        List<NewJobRow> replacing = rows.stream()
                .filter(KeyHolders::replacesInput)
                .filter(row -> isTaken(refusals.get(row.id())))
                .toList();
        if (replacing.isEmpty()) {
            return answers;
        }
        // Those with keys for a period are not locked yet.
        lock(
                session,
                replacing.stream()
                        .map(row ->
                                Objects.requireNonNull(refusals.get(row.id())).id())
                        .toList());
        for (NewJobRow row : replacing) {
            UniqueKey key = Objects.requireNonNull(row.job().uniqueKey());
            UUID holder = Objects.requireNonNull(refusals.get(row.id())).id();
            if (isReplaced(session, holder, row, key)) {
                answers.put(row.id(), new Added(holder, Added.Outcome.REPLACED));
            } else if (key.scope() == UniqueKey.Scope.UNTIL_STARTED) {
                answers.remove(row.id());
            }
        }
        return answers;
    }

    private static boolean isTaken(@Nullable Added refusal) {
        return refusal != null && refusal.outcome() == Added.Outcome.KEY_TAKEN;
    }

    private boolean isReplaced(Session session, UUID holder, NewJobRow row, UniqueKey key) throws SQLException {
        Duration expiresAfter = row.job().expiresAfter();
        Duration longest = key.longestDelay();
        if (longest == null) {
            return session.update(
                            replace,
                            binder -> binder.text(row.input())
                                    .micros(expiresAfter)
                                    .id(holder))
                    > 0;
        }
        Set<LimitKey> limits = new TreeSet<>();
        Optional<Instant> dueAt = session.first(times, binder -> binder.id(holder), found -> {
            JobRowReader.limits(found, 4).forEach(limit -> limits.add(limit.key()));
            return new JobMoves(dialect.time(found, 3))
                    .debounced(
                            dialect.time(found, 1),
                            dialect.time(found, 2),
                            row.job().delay(),
                            longest);
        });
        boolean isMoved = dueAt.isPresent()
                && session.update(
                                replaceAndMove,
                                binder -> binder.text(row.input())
                                        .micros(expiresAfter)
                                        .time(dueAt.get())
                                        .id(holder))
                        > 0;
        if (isMoved) {
            // It may have been the ready one of its limits.
            notes.leave(session, limits, null);
        }
        return isMoved;
    }
}
