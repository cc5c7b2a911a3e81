package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import java.sql.SQLException;
import java.util.Collection;

/** Writes rows that are locked. */
final class Writes {
    private final String update;
    private final String remember;

    Writes(Dialect dialect) {
        this.update = dialect.sql("""
                UPDATE {job} SET
                  status = ?, run_at = ?, claim = ?, worker_id = ?, attempt = ?, lost_workers = ?, postponements = ?,
                  postponed_since = ?, progress = ?, current_step = ?, total_steps = ?, progress_message = ?,
                  result_data = {json}, error_message = ?, error_kind = ?, error_code = ?, started_at = ?,
                  completed_at = ?, cancel_requested_at = ?, updated_at = ?
                WHERE id = ?""");
        this.remember = dialect.sql(
                "INSERT INTO {job_failure} (" + JobRows.FAILURE_COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    }

    /** Everything that can change about jobs, in the order given. */
    void update(Session session, Collection<Job> jobs) throws SQLException {
        session.batch(update, jobs, Writes::bind);
    }

    private static void bind(Binder binder, Job job) throws SQLException {
        JobProgress progress = job.progress();
        binder.text(job.status().text())
                .time(job.runAt())
                .number(job.claim())
                .id(job.workerId())
                .number(job.attempt())
                .number(job.lostWorkers())
                .number(job.postponements())
                .time(job.postponedSince())
                .number(progress.percent())
                .number(progress.currentStep())
                .number(progress.totalSteps())
                .text(progress.message())
                .text(job.result())
                .text(job.errorMessage())
                .text(job.errorKind() == null ? null : JobRows.text(job.errorKind()))
                .text(job.errorCode())
                .time(job.startedAt())
                .time(job.completedAt())
                .time(job.cancelRequestedAt())
                .time(job.updatedAt())
                .id(job.id());
    }

    void remember(Session session, Collection<JobFailure> failures) throws SQLException {
        session.batch(
                remember,
                failures,
                (binder, failure) -> binder.id(failure.jobId())
                        .number(failure.claim())
                        .number(failure.attempt())
                        .text(JobRows.text(failure.kind()))
                        .text(failure.code())
                        .text(failure.message())
                        .text(failure.exceptionClass())
                        .text(failure.trace())
                        .id(failure.workerId())
                        .time(failure.startedAt())
                        .time(failure.failedAt()));
    }
}
