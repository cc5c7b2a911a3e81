package io.forthwith.jdbc;

import io.forthwith.store.ProgressReport;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.ParentRule;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Writes the progress of jobs whose claim still holds, then in transactions of their own that of their parents, generation by
 * generation, once a second at the most: parents that somebody has locked are left alone, since whoever it is will do it.
 */
final class Reporting {
    private final Kin kin;
    private final Dialect dialect;
    private final String report;
    private final String due;
    private final String progress;
    private final String reportParent;

    Reporting(Dialect dialect, Kin kin) {
        this.dialect = dialect;
        this.kin = kin;
        this.report = dialect.sql("""
                UPDATE {job} SET progress = ?, current_step = ?, total_steps = ?, progress_message = ?, updated_at = {now}
                WHERE id = ? AND claim = ? AND worker_id = ? AND status = 'processing'""");
        this.due = dialect.sql("""
                SELECT id, parent_id, updated_at, {now} FROM {job} WHERE id = ANY(?) AND status = 'waiting'
                FOR UPDATE SKIP LOCKED""");
        this.progress = dialect.sql(
                "SELECT c.parent_id, sum(c.progress), count(*) FROM " + dialect.children() + " GROUP BY c.parent_id");
        this.reportParent = dialect.sql("UPDATE {job} SET updated_at = {now}, progress = ? WHERE id = ?");
    }

    void report(Database database, List<ProgressReport> reports) {
        String what = "report the progress of " + reports.size() + " jobs";
        Set<UUID> parents = database.transaction(what, session -> report(session, reports));
        while (!parents.isEmpty()) {
            Set<UUID> children = parents;
            parents = database.transaction(what, session -> reportParents(session, children));
        }
    }

    /** The parents of those that were reported. */
    private Set<UUID> report(Session session, List<ProgressReport> reports) throws SQLException {
        Map<UUID, ProgressReport> byId = reports.stream()
                .collect(
                        Collectors.toMap(each -> each.claim().jobId(), Function.identity(), (earlier, later) -> later));
        // In the order in which everybody locks.
        Changes changes = kin.lockOnly(session, byId.keySet());
        session.batch(
                report,
                byId.values(),
                (binder, item) -> binder.number(item.progress().percent())
                        .number(item.progress().currentStep())
                        .number(item.progress().totalSteps())
                        .text(item.progress().message())
                        .id(item.claim().jobId())
                        .number(item.claim().number())
                        .id(item.claim().workerId()));
        return changes.parents();
    }

    /** The parents of those that were due. */
    private Set<UUID> reportParents(Session session, Set<UUID> parents) throws SQLException {
        Map<UUID, Integer> sizes = kin.relations().lastPositions(session, parents);
        Set<UUID> next = new LinkedHashSet<>();
        List<UUID> locked = session.query(due, binder -> binder.ids(parents), row -> {
            UUID id = dialect.readId(row, 1);
            Duration since =
                    Duration.between(dialect.rows().time(row, 3), dialect.rows().time(row, 4));
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
