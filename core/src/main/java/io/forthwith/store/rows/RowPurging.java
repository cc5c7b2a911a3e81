package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.Retention;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.act.Remaining;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.PurgeRule;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Deletes jobs that ended long ago and that no other job needs any more, within a transaction. */
final class RowPurging {
    private static final List<JobStatus> ENDED =
            Stream.of(JobStatus.values()).filter(JobStatus::isFinal).toList();

    private final JobRowAccess rows;
    private final Instant now;

    RowPurging(JobRowAccess rows, JobMoves transitions) {
        this.rows = rows;
        this.now = transitions.now();
    }

    Upkeep purge(Retention retention, int atMost) {
        List<Job> old = ENDED.stream()
                .flatMap(status -> rows.ended(status, PurgeRule.endedUntil(status, retention, now)))
                .filter(job -> PurgeRule.isOld(job, retention, now))
                .filter(job -> isDone(job.parentId()))
                .filter(job -> rows.successors(job.id()).stream().allMatch(this::isDone))
                .filter(job -> !PurgeRule.blocksSequence(job))
                .filter(job -> RowSteps.openUndos(rows, job).findAny().isEmpty())
                .limit(atMost)
                .toList();
        old.forEach(job -> rows.delete(job.id()));
        List<TimedUniqueKey> keys = rows.endedPeriodKeys(now).limit(atMost).toList();
        keys.forEach(key -> rows.deletePeriodKey(key.type(), key.key()));
        return new Upkeep(old.size(), Math.max(old.size(), keys.size()) < atMost ? Remaining.NOTHING : Remaining.MORE);
    }

    private boolean isDone(@Nullable UUID id) {
        return PurgeRule.isDone(id == null ? null : rows.get(id));
    }
}
