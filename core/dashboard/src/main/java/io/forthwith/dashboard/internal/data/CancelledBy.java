package io.forthwith.dashboard.internal.data;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Deed;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds who has cancelled a job by hand. */
public final class CancelledBy {
    /** The audit has the time of the call, and the job that of its change; both are of one transaction. */
    private static final Duration APART = Duration.ofMinutes(1);

    private static final int MOST_LOOKS = 3;
    /** What an entry says that has changed nothing. */
    private static final Set<String> VAIN = Set.of(
            ActResult.Outcome.LOCKED.name(),
            ActResult.Outcome.ENDED.name(),
            ActResult.Outcome.UNDO_JOB.name(),
            ActResult.Outcome.NOT_FOUND.name(),
            ActResult.Outcome.KEY_TAKEN.name(),
            ActResult.Outcome.UNDO_OPEN.name(),
            ActResult.Outcome.NOT_FAILED.name());

    private CancelledBy() {}

    /** Whether a job is cancelled, or asked to stop. */
    public static boolean isMeant(Job job) {
        return time(job) != null;
    }

    private static @Nullable Instant time(Job job) {
        boolean isStopping = job.status() == JobStatus.PROCESSING && job.cancelRequestedAt() != null;
        return isStopping || job.status() == JobStatus.CANCELLED
                ? job.cancelRequestedAt() == null ? job.completedAt() : job.cancelRequestedAt()
                : null;
    }

    /**
     * The entry of the audit; empty if nobody is found: code has cancelled the job, or it has ended with its parent. It looks only back from the time at which the job was
     * cancelled, so it finds the entry at once if there is one, and otherwise reads for a second at most.
     */
    public static Optional<AuditEntry> of(AuditStore audit, Job job) {
        Instant at = time(job);
        if (at == null) {
            return Optional.empty();
        }
        UUID before = AuditEntry.idAt(at.plus(APART));
        for (int look = 0; look < MOST_LOOKS; look++) {
            AuditPage page = audit.search(null, job.id().toString(), before, 1);
            AuditEntry newest = page.entries().isEmpty() ? null : page.entries().get(0);
            if (newest == null || newest.at().isBefore(at.minus(APART))) {
                return Optional.empty();
            }
            if (!VAIN.contains(newest.answer())) {
                return newest.what().equals(Deed.Kind.CANCEL.text()) ? Optional.of(newest) : Optional.empty();
            }
            before = newest.id();
        }
        return Optional.empty();
    }
}
