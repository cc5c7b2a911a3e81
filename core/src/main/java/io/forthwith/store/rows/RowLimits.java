package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rules.PurgeRule;
import io.forthwith.store.rules.limit.LimitGate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs limits let start, within a transaction. It reads a key when it meets it first, and the running jobs once. Transactions are serializable, so nobody
 * else starts a job meanwhile.
 */
final class RowLimits {
    private final JobRowAccess rows;
    private final LimitGate gate;
    private final List<LimitKeyRow> unstored = new ArrayList<>();
    private @Nullable Map<LimitKey, Integer> running;

    RowLimits(JobRowAccess rows, Instant now) {
        this.rows = rows;
        this.gate = new LimitGate(now);
    }

    List<JobLimit> of(Job job) {
        return LimitGate.limits(job, name -> rows.limit(name) != null);
    }

    Optional<LimitGate.Refusal> start(UUID job, List<JobLimit> limits) {
        JobLimit.held(limits).forEach(limit -> meet(limit.key()));
        return gate.start(job, limits);
    }

    /** The job of a sequence that comes first, of those that are pending, or processing, or have failed and block the others. */
    static Optional<Job> head(JobRowAccess rows, String sequence) {
        return rows.inSequence(sequence)
                .filter(job -> job.status() != JobStatus.WAITING
                        && (job.status() != JobStatus.FAILED || PurgeRule.blocksSequence(job)))
                .findFirst();
    }

    /** The key that a job is fair by. */
    static Optional<LimitKey> fairKey(Job job) {
        return job.isUndo()
                ? Optional.empty()
                : job.limits().stream()
                        .map(JobLimit::key)
                        .filter(LimitKey::isFair)
                        .findFirst();
    }

    int weight(LimitKey fairBy) {
        meet(fairBy);
        return gate.weight(fairBy);
    }

    /** When the rate of a key lets the next job start; empty for now. */
    Optional<Instant> nextStart(LimitKey key) {
        meet(key);
        return gate.nextStart(key);
    }

    /** Writes what the starts have used, and all keys that were met: states are shown of these. Keys that jobs are fair by have a row only if somebody changes them. */
    void write() {
        unstored.forEach(rows::put);
        gate.changed().forEach(rows::put);
    }

    private void meet(LimitKey key) {
        if (!gate.knows(key)) {
            LimitKeyRow stored = rows.limitKey(key);
            if (stored == null) {
                stored = LimitKeyRow.unused(key);
                if (!key.isFair()) {
                    unstored.add(stored);
                }
            }
            gate.add(stored, rows.limit(key.limitName()), running().getOrDefault(key, 0));
            if (key.isSequence()) {
                head(rows, key.key()).ifPresent(head -> gate.head(key, head.id()));
            }
        }
    }

    private Map<LimitKey, Integer> running() {
        Map<LimitKey, Integer> counted = running;
        if (counted == null) {
            counted = new HashMap<>();
            for (Job job : RowSituation.processing(rows)) {
                for (JobLimit limit : JobLimit.held(job.limits())) {
                    counted.merge(limit.key(), 1, Integer::sum);
                }
            }
            running = counted;
        }
        return counted;
    }
}
