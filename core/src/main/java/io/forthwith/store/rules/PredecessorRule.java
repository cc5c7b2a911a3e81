package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.internal.MessagesToUser;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a waiting job becomes because of its predecessors. A pure function, which {@link Cascade} calls. */
final class PredecessorRule {
    private static final String FAILED = "predecessor_failed";

    private PredecessorRule() {}

    /**
     * What the job becomes.
     *
     * @param status {@code WAITING} if it goes on waiting, otherwise {@code PENDING}, {@code FAILED} or {@code CANCELLED}
     * @param error why it fails; null if it does not
     */
    record Verdict(JobStatus status, @Nullable JobError error) {}

    /**
     * Decides about one job. The error code of a job that fails is {@code predecessor_failed} or {@code predecessor_cancelled}.
     *
     * @param firstFailure the failed predecessor that ended first; asked for only if the job fails because of it
     * @param otherwise the language of the message if the job has no locale of its own
     */
    static Verdict decide(
            Job job,
            CascadeRows.PredecessorCounts predecessors,
            Supplier<CascadeRows.@Nullable FirstFailure> firstFailure,
            Locale otherwise) {
        PredecessorFailurePolicy policy = job.relations().onPredecessorFailure();
        boolean isSpoilt = predecessors.failed() + predecessors.cancelled() > 0;
        if (isSpoilt && policy == PredecessorFailurePolicy.CANCEL) {
            return new Verdict(JobStatus.CANCELLED, null);
        }
        if (isSpoilt && policy != PredecessorFailurePolicy.RUN) {
            MessagesToUser text = MessagesToUser.in(job.localeOr(otherwise));
            return new Verdict(
                    JobStatus.FAILED,
                    predecessors.failed() > 0
                            ? failed(firstFailure.get(), text)
                            : JobError.permanent("predecessor_cancelled", text.predecessorCancelled()));
        }
        return new Verdict(predecessors.open() > 0 ? JobStatus.WAITING : JobStatus.PENDING, null);
    }

    private static JobError failed(CascadeRows.@Nullable FirstFailure first, MessagesToUser text) {
        String cause = first == null || first.message() == null ? "" : first.message();
        // All jobs of a chain show the message of the failure that came first.
        boolean isSaid = first != null && FAILED.equals(first.code());
        return ParentRule.error(
                first == null ? null : first.kind(), FAILED, isSaid ? cause : text.predecessorFailed(cause));
    }
}
