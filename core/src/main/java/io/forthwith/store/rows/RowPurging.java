package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.Retention;
import io.forthwith.store.rules.Transitions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Deletes what ended long ago and nobody needs any more, within an atomic step. */
final class RowPurging {
    private static final List<JobStatus> ENDED =
            Stream.of(JobStatus.values()).filter(JobStatus::isFinal).toList();

    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    private final JobRows rows;
    private final RowSteps stepping;
    private final Instant now;

    RowPurging(JobRows rows, Transitions moves) {
        this.rows = rows;
        this.stepping = new RowSteps(rows, moves);
        this.now = moves.now();
    }

    int purge(Retention retention, int limit) {
        List<Job> old = ENDED.stream()
                .flatMap(status -> rows.ended(status, now.minus(kept(status, retention))))
                .filter(job -> isDone(job.parentId()))
                .filter(job -> rows.successors(job.id()).stream().allMatch(this::isDone))
                .filter(job -> stepping.openUndos(job).findAny().isEmpty())
                .limit(limit)
                .toList();
        old.forEach(job -> rows.delete(job.id()));
        return old.size();
    }

    /** What is kept for longer than there are jobs is kept for ever. */
    private static Duration kept(JobStatus status, Retention retention) {
        Duration kept = status == JobStatus.FAILED ? retention.failed() : retention.completed();
        return kept.compareTo(FOR_EVER) > 0 ? FOR_EVER : kept;
    }

    /** Whether nothing will ever be asked again of a job, not even by a retry: it has completed, or there is none. */
    private boolean isDone(@Nullable UUID id) {
        Job job = id == null ? null : rows.get(id);
        return job == null || job.status() == JobStatus.COMPLETED;
    }
}
