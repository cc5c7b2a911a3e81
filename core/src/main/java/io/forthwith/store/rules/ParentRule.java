package io.forthwith.store.rules;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.internal.MessagesToUser;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a waiting parent becomes because of its children. A pure function, which {@link Cascade} calls.
 *
 * <p>A child that has failed or was cancelled fails the parent if {@link ChildFailurePolicy} says so. When all children have ended and the parent
 * is sealed, the parent completes or, if it has a finisher, the finisher runs and the parent ends as the finisher does. Until then the
 * progress of the parent is the mean of its children's.
 */
public final class ParentRule {
    private ParentRule() {}

    /**
     * What the parent becomes.
     *
     * @param status {@code WAITING} if it goes on waiting, otherwise {@code COMPLETED} or {@code FAILED}
     * @param percent its progress
     * @param error why it fails; null if it does not
     * @param releasesFinisher whether its finisher may run now
     */
    public record Verdict(
            JobStatus status, int percent, @Nullable JobError error, boolean releasesFinisher) {}

    /**
     * Decides about one parent. The error code of a parent that fails is {@code child_failed} or {@code child_cancelled}, or that of its
     * finisher.
     *
     * @param firstFailure the failed child that ended first; asked for only if the parent fails because of it
     * @param finishers 1 if it has a finisher, otherwise 0
     * @param finisher its finisher; null if it has none, or if both the finisher and the parent go on waiting for sure
     * @param otherwise the language of the message if the parent has no locale of its own
     */
    static Verdict decide(
            Job parent,
            CascadeRows.ChildCounts children,
            Supplier<CascadeRows.@Nullable FirstFailure> firstFailure,
            int finishers,
            @Nullable Job finisher,
            Locale otherwise) {
        MessagesToUser text = MessagesToUser.in(parent.localeOr(otherwise));
        long total = children.total() + finishers;
        long sum = children.progressSum()
                + (finisher == null ? 0 : finisher.progress().percent());
        int percent = percent(sum, total);
        if (failsFor(parent, children)) {
            JobError error = children.failed() > 0
                    ? childFailed(children, firstFailure.get(), text)
                    : JobError.permanent(
                            "child_cancelled", text.childrenCancelled(children.cancelled(), children.total()));
            return new Verdict(JobStatus.FAILED, percent, error, false);
        }
        if (finisher != null && mayEndWith(parent, finisher, children)) {
            return afterFinisher(finisher, percent, total, text);
        }
        if (children.open() > 0 || !parent.relations().isSealed()) {
            return new Verdict(JobStatus.WAITING, percent, null, false);
        }
        return finishers == 0
                ? new Verdict(JobStatus.COMPLETED, 100, null, false)
                : new Verdict(JobStatus.WAITING, percent, null, true);
    }

    /**
     * The progress of a parent that waits: the mean of its children's, its finisher included, and at most 99.
     *
     * @param sum the sum of their percentages
     * @param children how many they are
     */
    public static int percent(long sum, long children) {
        return children == 0 ? 0 : (int) Math.min(99, sum / children);
    }

    private static boolean failsFor(Job parent, CascadeRows.ChildCounts children) {
        if (children.failed() + children.cancelled() == 0) {
            return false;
        }
        return switch (parent.relations().onChildFailure()) {
            case FAIL_AT_ONCE -> true;
            case FAIL_AT_END -> children.open() == 0 && parent.relations().isSealed();
            case IGNORE -> false;
        };
    }

    /**
     * A child may have been retried while the finisher ran. The parent waits for it, unless the finisher has not completed. A parent that
     * is not sealed has a completed finisher only if it got the id of a deleted parent; it waits for its children all the same.
     */
    private static boolean mayEndWith(Job parent, Job finisher, CascadeRows.ChildCounts children) {
        boolean isOver = children.open() == 0 && parent.relations().isSealed();
        return finisher.status().isFinal() && (isOver || finisher.status() != JobStatus.COMPLETED);
    }

    private static Verdict afterFinisher(Job finisher, int percent, long total, MessagesToUser text) {
        return switch (finisher.status()) {
            case COMPLETED -> new Verdict(JobStatus.COMPLETED, 100, null, false);
            case FAILED -> new Verdict(JobStatus.FAILED, percent, errorOf(finisher), false);
            default ->
                new Verdict(
                        JobStatus.FAILED,
                        percent,
                        JobError.permanent("child_cancelled", text.childrenCancelled(1, total)),
                        false);
        };
    }

    /** The parent fails with the error of its finisher. */
    private static JobError errorOf(Job finisher) {
        String code = finisher.errorCode() == null ? "child_failed" : finisher.errorCode();
        String message = finisher.errorMessage() == null ? "" : finisher.errorMessage();
        return error(finisher.errorKind(), code, message);
    }

    private static JobError childFailed(
            CascadeRows.ChildCounts children, CascadeRows.@Nullable FirstFailure first, MessagesToUser text) {
        String cause = first == null || first.message() == null ? "" : first.message();
        String message = text.childrenFailed(children.failed(), children.total(), cause);
        return error(first == null ? null : first.kind(), "child_failed", message);
    }

    static JobError error(JobError.@Nullable Kind kind, String code, String message) {
        return kind == JobError.Kind.USER ? JobError.user(code, message) : JobError.permanent(code, message);
    }
}
