package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.family.LocksMissingException;
import io.forthwith.jdbc.internal.limits.Limits;
import io.forthwith.jdbc.internal.operations.SettleInTransaction;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.rules.SettleRule;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Settles the jobs of a batch. Thread-safe.
 *
 * <p>Jobs without relatives need one statement for all of them, whatever becomes of them; a second one if some of
 * them are to be deleted. Many jobs of one claim call that complete without a result have a cheaper statement. Completed children need one statement, and a transaction that looks at their parents.
 * {@link SettleInTransaction} settles the rest: children that fail, predecessors, jobs that leave steps to undo, undo
 * jobs, and jobs whose claim no longer holds.
 *
 * <p>A statement that has waited for a lock too long is rolled back, and run again without the jobs that another
 * transaction has locked. So the common case stays one statement.
 */
final class PostgresSettle {
    private static final Comparator<Settlement> LOCK_ORDER =
            Comparator.comparing(settlement -> settlement.claim().jobId(), IdOrder.ASCENDING);

    /** Fewer are settled as any other job: a statement of their own is another commit. */
    private static final int FEWEST_ALIKE = 100;

    /** The jobs of further claim calls are settled as any other. */
    private static final int MOST_CALLS = 8;

    /** After a batch in which few were completed by the cheaper statement, it is not tried for that many. */
    private static final int BATCHES_LEFT_OUT = 15;

    /** How often a statement meets locks before all that it was to settle counts as busy. */
    private static final int MOST_ROUNDS = 3;

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final FamilyLocks locks;
    private final Limits limits;
    private final SettleInTransaction inTransaction;
    private final PostgresSettleStatements sql;
    /**
     * Whether most jobs of the last batch were children. Then children are tried first: the next batch is likely to
     * be similar.
     */
    private volatile boolean areMostlyChildren;

    /** For how many batches the cheaper statement is still not tried. */
    private volatile int alikeLeftOut;

    /** Whether jobs of the last batches were under limits. Then the statement that leaves notes for these is tried first. */
    private volatile boolean areLimited;

    PostgresSettle(SqlDialect dialect, FamilyLocks locks, SettleInTransaction inTransaction, Limits limits) {
        this.locks = locks;
        this.limits = limits;
        this.inTransaction = inTransaction;
        this.sql = new PostgresSettleStatements(dialect);
    }

    AnswerWithNotices<List<Settled>> settle(Database database, List<Settlement> settlements) {
        Batch batch = new Batch(database, settlements);
        int deleted = batch.delete();
        if (areMostlyChildren) {
            int all = batch.settleChildren();
            int single = batch.settleSingle() + deleted;
            areMostlyChildren = 2 * batch.children > all + single;
        } else {
            int single = batch.completeAlike() + batch.settleSingle() + deleted;
            batch.settleChildren();
            areMostlyChildren = batch.children > single;
        }
        batch.settleLimited();
        batch.settleRest();
        return batch.answer();
    }

    /** The settlements of one call and their answers so far. Not thread-safe. */
    private final class Batch {
        private final Database database;
        private final String what;
        private final List<Settlement> all;

        private final Map<Claim, Settled> answers = new HashMap<>();
        private final List<Claim> toCancel = new ArrayList<>();
        /** The keys of the sequences that settled jobs are of. */
        private final Set<LimitKey> sequences = new HashSet<>();

        private boolean hasReleased;
        /** Whether the call has waited for locks as long as it may. */
        private boolean hasWaited;

        private int children;
        private boolean hasLimited;

        Batch(Database database, List<Settlement> all) {
            this.database = database;
            this.all = all;
            this.what = "settle " + all.size() + (all.size() == 1 ? " job" : " jobs");
        }

        AnswerWithNotices<List<Settled>> answer() {
            sequences.forEach(limits.gate()::expectNote);
            return new AnswerWithNotices<>(
                    all.stream()
                            .map(settlement -> answers.getOrDefault(settlement.claim(), Settled.LOST))
                            .toList(),
                    toCancel,
                    hasReleased);
        }

        /** Deletes jobs that no other job depends on, with one statement. */
        int delete() {
            return settleFree(SettleRule::asksToDelete, sql.heldToDelete, toDelete -> {
                Map<Claim, Settled> deleted = new HashMap<>();
                database()
                        .once(
                                what,
                                session -> session.query(
                                        locks.writes().labels().areUsed() ? sql.deleteLabelled : sql.delete,
                                        binder -> PostgresSettleStatements.bindClaims(session, binder, toDelete),
                                        row -> PostgresSettleStatements.claim(row, toDelete)))
                        .forEach(claim -> deleted.put(claim, Settled.APPLIED));
                return deleted;
            });
        }

        /** Completes jobs without relatives, limits and results, if they are most of the batch: one statement for each claim call with many of them. */
        int completeAlike() {
            if (areLimited || all.size() < FEWEST_ALIKE) {
                return 0;
            }
            if (alikeLeftOut > 0) {
                alikeLeftOut = Math.max(0, alikeLeftOut - 1);
                return 0;
            }
            List<List<Settlement>> calls = alike();
            calls.removeIf(call -> call.size() < FEWEST_ALIKE);
            int wanted = calls.stream().mapToInt(List::size).sum();
            if (2 * wanted < all.size()) {
                return 0;
            }
            int completed = 0;
            for (List<Settlement> call : calls) {
                Claim first = call.get(0).claim();
                completed += settleFree(
                        settlement -> isWithoutResult(settlement) && isAlike(settlement.claim(), first),
                        sql.heldToUpdate,
                        open -> database().once(what, session -> completeAlike(session, open)));
            }
            alikeLeftOut = 2 * completed < wanted ? BATCHES_LEFT_OUT : 0;
            return completed;
        }

        /** The settlements without a result, in one list for each claim call. */
        private List<List<Settlement>> alike() {
            List<List<Settlement>> calls = new ArrayList<>();
            for (Settlement settlement : all) {
                if (isWithoutResult(settlement)) {
                    add(settlement, calls);
                }
            }
            return calls;
        }

        private static void add(Settlement settlement, List<List<Settlement>> calls) {
            for (List<Settlement> call : calls) {
                if (isAlike(settlement.claim(), call.get(0).claim())) {
                    call.add(settlement);
                    return;
                }
            }
            if (calls.size() < MOST_CALLS) {
                calls.add(new ArrayList<>(List.of(settlement)));
            }
        }

        private Map<Claim, Settled> completeAlike(Session session, List<Settlement> alike) throws SQLException {
            Optional<Set<UUID>> some = session.first(
                            sql.completeAlike,
                            binder -> PostgresSettleStatements.bindAlike(session, binder, alike),
                            PostgresSettle::unlessAll)
                    .orElseThrow(() -> new SQLException("The count of completed jobs is missing"));
            Map<Claim, Settled> completed = new HashMap<>();
            for (Settlement settlement : alike) {
                if (some.isEmpty() || some.get().contains(settlement.claim().jobId())) {
                    completed.put(settlement.claim(), Settled.APPLIED);
                }
            }
            return completed;
        }

        /** Settles jobs without relatives with one statement, or with several if there is much text. */
        int settleSingle() {
            return settleSingle(areLimited);
        }

        /** The same for those under limits, if the statement was one that leaves no notes. */
        void settleLimited() {
            if (!areLimited && limits.areDeclared()) {
                settleSingle(true);
            }
            areLimited = hasLimited;
            hasReleased |= hasLimited;
        }

        private int settleSingle(boolean leavesNotes) {
            List<List<Settlement>> pieces = PostgresSettleStatements.pieces(all);
            if (pieces.size() == 1) {
                return settleSingle(leavesNotes, settlement -> true);
            }
            int settled = 0;
            for (List<Settlement> piece : pieces) {
                Set<Claim> claims = piece.stream().map(Settlement::claim).collect(Collectors.toSet());
                settled += settleSingle(leavesNotes, settlement -> claims.contains(settlement.claim()));
            }
            return settled;
        }

        private int settleSingle(boolean leavesNotes, Predicate<Settlement> piece) {
            return settleFree(
                    settlement -> !(settlement instanceof Settlement.AwaitChildren)
                            // One under a limit is not deleted by the statement before.
                            && !(leavesNotes && SettleRule.asksToDelete(settlement))
                            && piece.test(settlement),
                    sql.heldToUpdate,
                    single -> database().once(what, session -> settleSingle(session, single, leavesNotes)));
        }

        private Map<Claim, Settled> settleSingle(Session session, List<Settlement> settlements, boolean leavesNotes)
                throws SQLException {
            boolean allComplete =
                    settlements.stream().allMatch(settlement -> settlement instanceof Settlement.Complete);
            Map<Claim, Settled> answers = new HashMap<>();
            if (settlements.size() == 1 && !allComplete && !leavesNotes) {
                session.query(
                        sql.settleOne,
                        binder -> PostgresSettleStatements.bindOne(session, binder, settlements.get(0)),
                        row -> answers.put(settlements.get(0).claim(), PostgresSettle.answer(row.getString(2))));
                return answers;
            }
            StatementText statement = leavesNotes
                    ? allComplete ? sql.completeLimited : sql.settleLimited
                    : allComplete ? sql.complete : sql.settle;
            session.query(
                    statement,
                    binder -> {
                        PostgresSettleStatements.bindResults(
                                PostgresSettleStatements.bindClaims(session, binder, settlements), settlements);
                        if (!allComplete) {
                            PostgresSettleStatements.bindRest(binder, settlements);
                        }
                        if (leavesNotes) {
                            PostgresSettleStatements.bindNotes(binder, settlements);
                        }
                    },
                    row -> {
                        if (row.getString(4) != null) {
                            hasLimited = true;
                            addSequences(row);
                        }
                        return answers.put(
                                PostgresSettleStatements.claim(row, settlements),
                                PostgresSettle.answer(row.getString(2)));
                    });
            return answers;
        }

        /** Of other keys, a claim acts on many notes at once, and a round trip is nothing beside the starts. */
        private void addSequences(ResultSet row) throws SQLException {
            for (JobLimit limit : JobRowReader.limits(row, 4)) {
                if (limit.key().isSequence()) {
                    sequences.add(limit.key());
                }
            }
        }

        /** Runs a statement, without those of its settlements whose jobs another transaction keeps locked. */
        private int settleFree(
                Predicate<Settlement> which,
                StatementText held,
                Function<List<Settlement>, Map<Claim, Settled>> statement) {
            for (int round = 1; ; round++) {
                List<Settlement> some = open(which);
                if (some.isEmpty()) {
                    return 0;
                }
                try {
                    Map<Claim, Settled> settled = afterOthers(() -> statement.apply(some));
                    answers.putAll(settled);
                    return settled.size();
                } catch (LocksHeldException others) {
                    hasWaited = true;
                    Set<UUID> busy = round == MOST_ROUNDS ? Set.copyOf(ids(some)) : held(held, ids(some));
                    some.stream()
                            .filter(settlement ->
                                    busy.contains(settlement.claim().jobId()))
                            .forEach(settlement -> answers.put(settlement.claim(), Settled.BUSY));
                }
            }
        }

        private Set<UUID> held(StatementText statement, List<UUID> ids) {
            return afterOthers(() -> new HashSet<>(database.once(
                    what,
                    session -> session.query(
                            statement, binder -> binder.ids(ids).ids(ids), row -> row.getObject(1, UUID.class)))));
        }

        private static List<UUID> ids(List<Settlement> settlements) {
            return settlements.stream()
                    .map(settlement -> settlement.claim().jobId())
                    .toList();
        }

        /** A call waits once: other jobs wait with it. */
        private Database database() {
            return hasWaited ? database.withLockWait(SHORTEST) : database;
        }

        /** Completes children with one statement, before their parents are locked and looked at. */
        int settleChildren() {
            List<Settlement> completed = open(settlement -> settlement instanceof Settlement.Complete);
            if (completed.isEmpty()) {
                return 0;
            }
            Map<Claim, UUID> parents = new HashMap<>();
            try {
                int settled = count(afterOthers(
                        () -> database().transaction(what, session -> complete(session, completed, parents))));
                children = parents.size();
                return settled;
            } catch (LocksMissingException more) {
                // Rolled back: the rest of the family has to be locked together with them.
                return 0;
            } catch (LocksHeldException others) {
                // Rolled back: it has to be found out which of them can be settled.
                hasWaited = true;
                return 0;
            }
        }

        void settleRest() {
            List<Settlement> rest = open(settlement -> true);
            if (!rest.isEmpty()) {
                AnswerWithNotices<List<Settled>> settled = afterOthers(() ->
                        hasWaited ? inTransaction.settleFree(database(), rest) : inTransaction.settle(database, rest));
                Map<Claim, Settled> each = new HashMap<>();
                for (int i = 0; i < rest.size(); i++) {
                    each.put(rest.get(i).claim(), settled.answer().get(i));
                }
                count(settled.answering(each));
            }
        }

        private List<Settlement> open(Predicate<Settlement> which) {
            return all.stream()
                    .filter(settlement -> !answers.containsKey(settlement.claim()) && which.test(settlement))
                    .sorted(LOCK_ORDER)
                    .toList();
        }

        private int count(AnswerWithNotices<Map<Claim, Settled>> settled) {
            answers.putAll(settled.answer());
            toCancel.addAll(settled.toCancel());
            hasReleased |= settled.hasReleased();
            return settled.answer().size();
        }

        private <T> T afterOthers(Supplier<T> next) {
            long settled = answers.values().stream()
                    .filter(answer -> answer != Settled.BUSY)
                    .count();
            return SettleInTransaction.afterOthers(what, Math.toIntExact(settled), next);
        }
    }

    /**
     * @param parents receives the parents of the jobs that have one
     */
    private AnswerWithNotices<Map<Claim, Settled>> complete(
            Session session, List<Settlement> completed, Map<Claim, UUID> parents) throws SQLException {
        Map<Claim, Settled> answers = new HashMap<>();
        parents.clear();
        for (List<Settlement> some : PostgresSettleStatements.pieces(completed)) {
            session.query(
                    sql.completeChildren,
                    binder -> PostgresSettleStatements.bindResults(
                            PostgresSettleStatements.bindClaims(session, binder, some), some),
                    row -> {
                        Claim claim = PostgresSettleStatements.claim(row, some);
                        UUID parent = row.getObject(3, UUID.class);
                        if (parent != null) {
                            parents.put(claim, parent);
                        }
                        return answers.put(claim, Settled.APPLIED);
                    });
        }
        if (parents.isEmpty()) {
            return AnswerWithNotices.withoutNotices(answers);
        }
        LockedJobs locked = locks.lock(session, new HashSet<>(parents.values()), Set.of());
        for (Settlement settlement : completed) {
            UUID parent = parents.get(settlement.claim());
            if (parent != null) {
                locked.cascade().completedChildOf(parent, settlement.locale());
            }
        }
        locked.end();
        return locked.committed(answers);
    }

    /** The ids in a row; empty if it says that it means all. */
    private static Optional<Set<UUID>> unlessAll(ResultSet row) throws SQLException {
        Array ids = row.getArray(1);
        return ids == null ? Optional.empty() : Optional.of(Set.of((UUID[]) ids.getArray()));
    }

    private static boolean isWithoutResult(Settlement settlement) {
        return settlement instanceof Settlement.Complete complete
                && complete.result() == null
                && !complete.isToDelete();
    }

    private static boolean isAlike(Claim one, Claim other) {
        return one.number() == other.number()
                && one.startedAt().equals(other.startedAt())
                && one.workerId().equals(other.workerId());
    }

    private static Settled answer(String status) {
        return status.equals(JobStatus.CANCELLED.text()) ? Settled.CANCELLED : Settled.APPLIED;
    }
}
