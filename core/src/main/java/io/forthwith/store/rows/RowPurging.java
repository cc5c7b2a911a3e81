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

/** Deletes jobs that ended long ago and that no other job needs, within a transaction. */
final class RowPurging {
    private static final List<JobStatus> ENDED =
            Stream.of(JobStatus.values()).filter(JobStatus::isFinal).toList();

    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    private final JobRows rows;
    private final RowSteps steps;
    private final Instant now;

    RowPurging(JobRows rows, Transitions transitions) {
        this.rows = rows;
        this.steps = new RowSteps(rows, transitions);
        this.now = transitions.now();
    }

    int purge(Retention retention, int limit) {
        List<Job> old = ENDED.stream()
                .flatMap(status -> rows.ended(status, now.minus(kept(status, retention))))
                .filter(job -> isDone(job.parentId()))
                .filter(job -> rows.successors(job.id()).stream().allMatch(this::isDone))
                .filter(job -> steps.openUndos(job).findAny().isEmpty())
                .limit(limit)
                .toList();
        old.forEach(job -> rows.delete(job.id()));
        return old.size();
    }

    /** At most a hundred years, which is for ever, and which no clock overflows by. */
    private static Duration kept(JobStatus status, Retention retention) {
        Duration kept = status == JobStatus.FAILED ? retention.failed() : retention.completed();
        return kept.compareTo(FOR_EVER) > 0 ? FOR_EVER : kept;
    }

    /** Whether no call needs a job any more, not even a retry: it has completed, or does not exist. */
    private boolean isDone(@Nullable UUID id) {
        Job job = id == null ? null : rows.get(id);
        return job == null || job.status() == JobStatus.COMPLETED;
    }
}
