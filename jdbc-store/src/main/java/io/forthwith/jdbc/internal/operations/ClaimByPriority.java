package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.LostWorkersRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Claims jobs in one transaction. It locks the row of the worker first, so a take-over and a claim exclude each
 * other. Immutable and thread-safe.
 *
 * <p>The transaction finds due jobs priority by priority, without locks. Then it locks them by their ids, without
 * those that other transactions have locked, and checks them again. A query that locks what it finds would lock too
 * much: H2 uses an index only for rows that it does not lock, and MariaDB locks every row and index entry that it
 * reads, also of jobs that it leaves out.
 */
final class ClaimByPriority {
    /** How often it looks for more jobs when other transactions have locked some. */
    private static final int MOST_ROUNDS = 5;

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final DueJobs dueJobs;
    private final StatementText me;
    private final StatementText anySuspect;
    private final OfTypes suspect;
    private final StatementText heldSuspect;

    ClaimByPriority(SqlDialect dialect, FamilyLocks locks, DueJobs dueJobs) {
        this.dialect = dialect;
        this.locks = locks;
        this.dueJobs = dueJobs;
        this.me = dialect.sql("SELECT id FROM {job_worker} WHERE id = ? AND lease_until > {now} {for_update}");
        this.anySuspect = dialect.sql("SELECT id FROM {job} WHERE {suspicion} >= ? LIMIT 1");
        this.suspect = new OfTypes(types -> dialect.sql("""
                SELECT id FROM {job} WHERE {suspicion} >= ? AND queue {in} AND run_at <= {now}%s
                ORDER BY priority DESC, run_at, id LIMIT 1""".formatted(types)));
        this.heldSuspect = dialect.sql(
                "SELECT id FROM {job} WHERE status = 'processing' AND worker_id = ? AND lost_workers >= ? LIMIT 1");
    }

    List<Job> claim(Database database, ClaimRequest request) {
        return database.transaction("claim jobs for worker " + request.workerId(), session -> claim(session, request));
    }

    private List<Job> claim(Session session, ClaimRequest request) throws SQLException {
        Optional<UUID> alive =
                session.first(me, binder -> binder.id(request.workerId()), row -> dialect.readId(row, 1));
        if (alive.isEmpty()) {
            return List.of();
        }
        Due due = lockDue(session, request);
        LockedJobs locked = due.locked();
        List<Job> claimed = due.jobs().stream()
                .limit(request.limit())
                .map(job -> locked.transitions().claim(job, request.workerId()))
                .toList();
        claimed.forEach(locked::put);
        locked.write();
        return claimed;
    }

    /** @param jobs those of the locked jobs that can be claimed, in the order of claims */
    private record Due(LockedJobs locked, List<Job> jobs) {}

    private Due lockDue(Session session, ClaimRequest request) throws SQLException {
        int limit = request.limit();
        for (int round = 1; ; round++) {
            List<DueJobs.Lane> lanes = dueJobs.lanes(session, request);
            List<UUID> ids = dueJobs.find(session, request, lanes, limit);
            boolean isAll = ids.size() < limit;
            suspect(session, request, lanes).ifPresent(ids::add);
            LockedJobs locked = locks.lockToClaim(session, ids);
            Due due = new Due(locked, due(locked, lanes));
            int missing = request.limit() - due.jobs().size();
            if (missing <= 0 || isAll || round == MOST_ROUNDS) {
                return due;
            }
            limit += missing;
        }
    }

    /**
     * The locked jobs that are still pending and due in one of these queues. A change by hand that commits between the look and the lock may have
     * put a job off, or moved it to a queue that the worker does not serve.
     */
    private static List<Job> due(LockedJobs locked, List<DueJobs.Lane> lanes) {
        Set<String> queues = lanes.stream().map(DueJobs.Lane::queue).collect(Collectors.toSet());
        List<Job> due = new ArrayList<>();
        for (UUID id : locked.ids()) {
            Job job = locked.get(id);
            if (job != null
                    && job.status() == JobStatus.PENDING
                    && queues.contains(job.queue())
                    && !job.runAt().isAfter(locked.transitions().now())) {
                due.add(job);
            }
        }
        due.sort(ClaimOrder.ORDER);
        return due;
    }

    private Optional<UUID> suspect(Session session, ClaimRequest request, List<DueJobs.Lane> lanes)
            throws SQLException {
        int from = LostWorkersRule.lastTryFrom(request);
        List<String> queues = lanes.stream().map(DueJobs.Lane::queue).distinct().toList();
        // There is none most of the time, and the next query names all these queues.
        if (queues.isEmpty()
                || session.first(anySuspect, binder -> binder.number(from), row -> true)
                        .isEmpty()) {
            return Optional.empty();
        }
        Optional<UUID> found = session.first(
                suspect.of(request),
                binder -> OfTypes.bind(binder.number(from).texts(queues), request),
                row -> dialect.readId(row, 1));
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

    /** A statement for workers that take all types, and for those that take some. */
    private static final class OfTypes {
        private final StatementText all;
        private final StatementText some;

        OfTypes(Function<String, StatementText> statement) {
            this.all = statement.apply("");
            this.some = statement.apply(" AND type {in}");
        }

        StatementText of(ClaimRequest request) {
            return ClaimOrder.onlyTypes(request).isEmpty() ? all : some;
        }

        static Binder bind(Binder binder, ClaimRequest request) throws SQLException {
            return ClaimOrder.onlyTypes(request).isEmpty() ? binder : binder.texts(ClaimOrder.onlyTypes(request));
        }
    }
}
