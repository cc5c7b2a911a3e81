package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.ClaimFence;
import io.forthwith.store.rules.ParentRule;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes the progress of jobs whose claim still holds. Then, in further transactions, it writes the progress of their
 * parents, generation by generation, at most once a second. A parent that another transaction has locked is left out:
 * that transaction writes it.
 */
public final class ReportProgress {
    private final FamilyLocks locks;
    private final SqlDialect dialect;
    private final StatementText report;
    private final StatementText due;
    private final StatementText progress;
    private final StatementText reportParent;

    public ReportProgress(SqlDialect dialect, FamilyLocks locks) {
        this.dialect = dialect;
        this.locks = locks;
        this.report = dialect.sql("""
                UPDATE {job} SET progress = ?, current_step = ?, total_steps = ?, progress_message = ?, updated_at = {now}
                WHERE id = ?""");
        this.due = dialect.sql("""
                SELECT id, parent_id, updated_at, {now} FROM {job} WHERE id {in} AND status = 'waiting'
                {for_update_skip_locked}""");
        this.progress =
                dialect.sql("SELECT c.parent_id, sum(c.progress), count(*) FROM {all_children} GROUP BY c.parent_id");
        this.reportParent = dialect.sql("UPDATE {job} SET updated_at = {now}, progress = ? WHERE id = ?");
    }

    /**
     * Writes it.
     *
     * @return the reports of jobs that another transaction has locked
     */
    public List<ProgressReport> report(Database database, List<ProgressReport> reports) {
        String what = "report the progress of " + reports.size() + " jobs";
        Set<UUID> held = new HashSet<>();
        try {
            Set<UUID> parents = database.transaction(what, session -> report(session, reports, held));
            while (!parents.isEmpty()) {
                Set<UUID> children = parents;
                parents = database.transaction(what, session -> reportParents(session, children));
            }
        } catch (LocksHeldException others) {
            return reports;
        }
        return reports.stream()
                .filter(report -> held.contains(report.claim().jobId()))
                .toList();
    }

    /**
     * Writes the progress of the jobs.
     *
     * @param held receives the jobs that another transaction has locked
     * @return the parents of the others
     */
    private Set<UUID> report(Session session, List<ProgressReport> reports, Set<UUID> held) throws SQLException {
        Map<Claim, ProgressReport> latest = reports.stream()
                .collect(Collectors.toMap(ProgressReport::claim, Function.identity(), (earlier, later) -> later));
        Set<UUID> ids = latest.keySet().stream().map(Claim::jobId).collect(Collectors.toSet());
        LockedAndBusyJobs free = locks.lockWhatIsFree(session, ids);
        LockedJobs locked = free.locked();
        held.clear();
        held.addAll(free.busy());
        session.batch(
                report,
                latest.values().stream()
                        .filter(each -> !held.contains(each.claim().jobId()))
                        .filter(each -> holds(locked, each.claim()))
                        .toList(),
                (binder, item) -> binder.number(item.progress().percent())
                        .number(item.progress().currentStep())
                        .number(item.progress().totalSteps())
                        .text(item.progress().message())
                        .id(item.claim().jobId()));
        return locked.parents();
    }

    private static boolean holds(LockedJobs locked, Claim claim) {
        return ClaimFence.refusal(locked.get(claim.jobId()), claim).isEmpty();
    }

    /**
     * Writes the progress of those parents that are due.
     *
     * @return their parents
     */
    private Set<UUID> reportParents(Session session, Set<UUID> parents) throws SQLException {
        Map<UUID, Integer> sizes = locks.queries().lastPositions(session, parents);
        Set<UUID> next = new LinkedHashSet<>();
        List<UUID> locked = session.query(due, binder -> binder.ids(parents), row -> {
            UUID id = dialect.readId(row, 1);
            Duration since = Duration.between(dialect.time(row, 3), dialect.time(row, 4));
            if (id == null || since.compareTo(Cascade.progressEvery(sizes.getOrDefault(id, 0))) < 0) {
                return null;
            }
            UUID parent = dialect.readId(row, 2);
            if (parent != null) {
                next.add(parent);
            }
            return id;
        });
        if (!locked.isEmpty()) {
            Map<UUID, Integer> percents = new TreeMap<>(IdOrder.ASCENDING);
            session.query(progress, binder -> binder.ids(locked), row -> {
                UUID id = dialect.readId(row, 1);
                return id == null ? null : percents.put(id, ParentRule.percent(row.getLong(2), row.getLong(3)));
            });
            session.batch(
                    reportParent,
                    percents.entrySet(),
                    (binder, each) -> binder.number(each.getValue()).id(each.getKey()));
        }
        return next;
    }
}
