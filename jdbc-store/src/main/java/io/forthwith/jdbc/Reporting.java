package io.forthwith.jdbc;

import io.forthwith.store.ProgressReport;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;

/** Writes the progress of jobs whose claim still holds. */
final class Reporting {
    private static final Comparator<ProgressReport> LOCK_ORDER =
            Comparator.comparing(report -> report.claim().jobId(), IdOrder.ASCENDING);

    private final String report;

    Reporting(Dialect dialect) {
        this.report = dialect.sql("""
                UPDATE {job} SET progress = ?, current_step = ?, total_steps = ?, progress_message = ?, updated_at = {now}
                WHERE id = ? AND claim = ? AND worker_id = ? AND status = 'processing'""");
    }

    void report(Session session, List<ProgressReport> reports) throws SQLException {
        session.batch(
                report,
                reports.stream().sorted(LOCK_ORDER).toList(),
                (binder, item) -> binder.number(item.progress().percent())
                        .number(item.progress().currentStep())
                        .number(item.progress().totalSteps())
                        .text(item.progress().message())
                        .id(item.claim().jobId())
                        .number(item.claim().number())
                        .id(item.claim().workerId()));
    }
}
