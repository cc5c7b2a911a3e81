package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.limits.ClaimGate;
import io.forthwith.jdbc.internal.limits.LimitedJob;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.SuspectJobRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs in one transaction. It tests the lease first, and does not lock the row of the worker: a claim that goes silent keeps neither a take-over
 * nor the heartbeats from it. What it commits after a take-over has deleted the row, the next look finds as jobs of a worker that does not exist. Immutable
 * and thread-safe.
 *
 * <p>The transaction finds due jobs priority by priority, or with ageing the first ones of each priority, without locks. Then it locks them by their ids, without
 * those that other transactions have locked, and checks them again. A query that locks what it finds would lock too
 * much: H2 uses an index only for rows that it does not lock, and MariaDB locks every row and index entry that it
 * reads, also of jobs that it leaves out.
 */
final class ClaimByPriority {
    /** How often it looks for more jobs when other transactions have locked some. */
    /** So long it looks behind jobs that others have locked. */
    private static final Duration LONGEST_LOOK = Duration.ofMillis(100);

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final ClaimGate gate;
    private final DueJobs dueJobs;
    private final StatementText me;
    private final StatementText anySuspect;
    private final Suspects suspects;
    private final Suspects suspectsOfPriority;
    private final StatementText heldSuspect;

    ClaimByPriority(SqlDialect dialect, FamilyLocks locks, ClaimGate gate, DueJobs dueJobs) {
        this.dialect = dialect;
        this.locks = locks;
        this.gate = gate;
        this.dueJobs = dueJobs;
        this.me = dialect.sql("""
                SELECT CASE WHEN EXISTS (SELECT 1 FROM {job_limit}) OR EXISTS (SELECT 1 FROM {job_limit_note})
                  OR EXISTS (%s) THEN 1 ELSE 0 END
                FROM {job_worker}
                WHERE id = ? AND lease_until > {now}""".formatted(ParkedJobs.ANY_FAIR));
        this.anySuspect = dialect.sql("SELECT id FROM {job} WHERE {suspicion} >= ? LIMIT 1");
        String first = """
                SELECT id, run_at, priority, undoes FROM {job} WHERE {suspicion} >= ? AND queue {in} AND run_at <= {now}%s
                ORDER BY priority DESC, run_at, id LIMIT 1""";
        this.suspects = new Suspects(dialect, first);
        // With ageing, undo jobs come first.
        this.suspectsOfPriority = new Suspects(dialect, """
                SELECT id, run_at, priority, undoes FROM {job} WHERE {suspicion} >= ? AND priority = ? AND queue {in} AND run_at <= {now}%s
                ORDER BY CASE WHEN undoes IS NULL THEN 1 ELSE 0 END, run_at, id LIMIT 1""");
        this.heldSuspect = dialect.sql(
                "SELECT id FROM {job} WHERE status = 'processing' AND worker_id = ? AND lost_workers >= ? LIMIT 1");
    }

    AnswerWithNotices<List<Job>> claim(Database database, ClaimRequest request) {
        ClaimGate.Claimed claimed = gate.claim(
                database,
                request,
                "claim jobs for worker " + request.workerId(),
                (session, most) -> claim(session, request, most));
        List<Job> jobs = claimed.jobs().stream().sorted(ClaimOrder.of(request)).toList();
        return new AnswerWithNotices<>(jobs, List.of(), claimed.hasReadied());
    }

    private ClaimGate.Claimed claim(Session session, ClaimRequest request, int most) throws SQLException {
        Optional<Boolean> hasLimits =
                session.first(me, binder -> binder.id(request.workerId()), row -> row.getInt(1) == 1);
        if (hasLimits.isEmpty()) {
            return ClaimGate.Claimed.withoutLimits(List.of());
        }
        Due due = lockDue(session, request, most, Set.of());
        if (hasLimits.get() || due.jobs().stream().anyMatch(job -> !job.limits().isEmpty())) {
            return gate.claim(session, request, most, new Hands(session, request, due));
        }
        List<Job> jobs = due.jobs().stream().limit(most).toList();
        return ClaimGate.Claimed.withoutLimits(write(due.locked(), due.locked().transitions(), request, jobs));
    }

    /** Locks jobs and starts them in the transaction of a claim. Not thread-safe. */
    private final class Hands implements ClaimGate.Hands {
        private final Session session;
        private final ClaimRequest request;
        private final List<LockedJobs> locked = new ArrayList<>();
        private @Nullable Due first;

        /** @param first the jobs that are locked already */
        private Hands(Session session, ClaimRequest request, Due first) {
            this.session = session;
            this.request = request;
            this.first = first;
        }

        @Override
        public ClaimGate.Picked pick(int most, Set<UUID> seen) throws SQLException {
            Due due = first == null ? lockDue(session, request, most, seen) : first;
            first = null;
            locked.add(due.locked());
            List<LimitedJob> jobs = due.jobs().stream().map(LimitedJob::ready).toList();
            return new ClaimGate.Picked(List.of(), () -> jobs);
        }

        @Override
        public List<Job> start(ClaimGate.Decision decision, boolean isLast) throws SQLException {
            JobMoves transitions = new JobMoves(decision.now());
            LockedJobs lifted = locks.lockToClaim(session, decision.lifted());
            List<Job> started =
                    new ArrayList<>(write(lifted, transitions, request, started(lifted, decision, id -> true)));
            // One that was parked in the round before was ready when it was locked, and one that was left untouched was
            // locked twice.
            Set<UUID> written = new HashSet<>(decision.lifted());
            for (LockedJobs ready : locked) {
                started.addAll(write(ready, transitions, request, started(ready, decision, written::add)));
            }
            locked.clear();
            return started;
        }

        /** Those of the jobs to start that are among these, under all their limits. */
        private static List<Job> started(LockedJobs locked, ClaimGate.Decision decision, Predicate<UUID> isOne) {
            List<Job> jobs = new ArrayList<>();
            decision.starts().forEach((id, limits) -> {
                Job job = locked.ids().contains(id) && isOne.test(id) ? locked.get(id) : null;
                if (job != null) {
                    jobs.add(job.toBuilder().limits(limits).build());
                }
            });
            return jobs;
        }
    }

    private static List<Job> write(LockedJobs locked, JobMoves transitions, ClaimRequest request, List<Job> jobs)
            throws SQLException {
        List<Job> claimed = jobs.stream()
                .map(job -> transitions.claim(job, request.workerId()))
                .toList();
        claimed.forEach(locked::put);
        locked.write();
        return claimed;
    }

    /** @param jobs those of the locked jobs that can be claimed, in the order of claims */
    private record Due(LockedJobs locked, List<Job> jobs) {}

    /**
     * @param most how many are wanted
     * @param seen those that this transaction has locked before
     */
    private Due lockDue(Session session, ClaimRequest request, int most, Set<UUID> seen) throws SQLException {
        int limit = most + seen.size();
        long end = System.nanoTime() + LONGEST_LOOK.toNanos();
        while (true) {
            List<DueJobs.Lane> lanes = dueJobs.lanes(session, request);
            List<UUID> ids = dueJobs.find(session, request, lanes, limit);
            boolean isAll = ids.size() < limit;
            suspect(session, request, lanes).ifPresent(ids::add);
            ids.removeAll(seen);
            LockedJobs locked = locks.lockReady(session, ids);
            Due due = new Due(locked, due(locked, lanes, request));
            int missing = most - due.jobs().size();
            if (missing <= 0 || isAll || System.nanoTime() - end >= 0) {
                return due;
            }
            // A claim of a silent process may have locked more than this one wants.
            limit *= 2;
        }
    }

    /**
     * The locked jobs that are still pending and due in one of these queues. A change by hand that commits between the look and the lock may have
     * put a job off, or moved it to a queue that the worker does not serve, or in which it leaves the type to others.
     */
    private static List<Job> due(LockedJobs locked, List<DueJobs.Lane> lanes, ClaimRequest request) {
        Set<String> queues = lanes.stream().map(DueJobs.Lane::queue).collect(Collectors.toSet());
        List<Job> due = new ArrayList<>();
        for (UUID id : locked.ids()) {
            Job job = locked.get(id);
            if (job != null
                    && job.status() == JobStatus.PENDING
                    && queues.contains(job.queue())
                    && request.takes(job.queue(), job.type())
                    && !job.runAt().isAfter(locked.transitions().now())) {
                due.add(job);
            }
        }
        due.sort(ClaimOrder.of(request));
        return due;
    }

    private Optional<UUID> suspect(Session session, ClaimRequest request, List<DueJobs.Lane> lanes)
            throws SQLException {
        int from = SuspectJobRule.lastTryFrom(request);
        List<String> queues = lanes.stream().map(DueJobs.Lane::queue).distinct().toList();
        // There is none most of the time, and the next query names all these queues.
        if (queues.isEmpty()
                || session.first(anySuspect, binder -> binder.number(from), row -> true)
                        .isEmpty()) {
            return Optional.empty();
        }
        Optional<UUID> found = firstSuspect(session, request, queues);
        if (found.isEmpty()) {
            return found;
        }
        boolean holdsOne = session.first(
                        heldSuspect,
                        binder -> binder.id(request.workerId()).number(from),
                        row -> dialect.readId(row, 1))
                .isPresent();
        return holdsOne ? Optional.empty() : found;
    }

    /** In the order of claims, which with ageing is that of the first ones of all priorities. */
    private Optional<UUID> firstSuspect(Session session, ClaimRequest request, List<String> queues)
            throws SQLException {
        List<DueJobs.Due> firsts = new ArrayList<>();
        int from = SuspectJobRule.lastTryFrom(request);
        if (request.ageing() == null) {
            suspects.first(session, request, queues, binder -> binder.number(from), firsts);
        } else {
            for (int level = NewJob.HIGHEST_PRIORITY; level >= 0; level--) {
                int priority = level;
                suspectsOfPriority.first(
                        session, request, queues, binder -> binder.number(from).number(priority), firsts);
            }
        }
        return firsts.stream().min(DueJobs.Due.order(request)).map(DueJobs.Due::id);
    }

    /** Statements that find the first suspect of some queues: of all types, of those that the worker takes, and of all but those that it leaves to others. */
    private static final class Suspects {
        private final SqlDialect dialect;
        private final StatementText all;
        private final StatementText some;
        private final StatementText rest;

        Suspects(SqlDialect dialect, String text) {
            this.dialect = dialect;
            this.all = dialect.sql(text.formatted(""));
            this.some = dialect.sql(text.formatted(" AND type {in}"));
            this.rest = dialect.sql(text.formatted(" AND NOT (type {in})"));
        }

        /** Finds that of the queues of which the worker leaves no type to others, and that of each other one. */
        void first(
                Session session,
                ClaimRequest request,
                List<String> queues,
                Binder.Params before,
                List<DueJobs.Due> into)
                throws SQLException {
            List<String> only = ClaimOrder.onlyTypes(request);
            List<String> ofAllTypes = queues.stream()
                    .filter(queue -> !only.isEmpty() || request.typesLeft(queue).isEmpty())
                    .toList();
            if (!ofAllTypes.isEmpty()) {
                session.first(
                                only.isEmpty() ? all : some,
                                binder -> {
                                    before.bind(binder);
                                    binder.texts(ofAllTypes);
                                    if (!only.isEmpty()) {
                                        binder.texts(only);
                                    }
                                },
                                this::read)
                        .ifPresent(into::add);
            }
            for (String queue : queues) {
                if (!ofAllTypes.contains(queue)) {
                    session.first(
                                    rest,
                                    binder -> {
                                        before.bind(binder);
                                        binder.texts(List.of(queue)).texts(request.typesLeft(queue));
                                    },
                                    this::read)
                            .ifPresent(into::add);
                }
            }
        }

        /** Null if the row has no usable id. */
        private DueJobs.@Nullable Due read(ResultSet row) throws SQLException {
            UUID id = dialect.readId(row, 1);
            return id == null
                    ? null
                    : new DueJobs.Due(id, dialect.time(row, 2), row.getInt(3), row.getString(4) != null);
        }
    }
}
