package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.text.LibraryText;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a waiting parent becomes, as a pure function of its children; every store decides with this one.
 *
 * <p>The first child that has failed or was cancelled fails the parent at once and leaves its siblings alone. When all
 * have completed, the parent completes. Until then its progress is the mean of its children's.
 */
public final class ParentRule {
    private ParentRule() {}

    /**
     * The children of one parent, counted in a statement that sees every child that has ended.
     *
     * @param total all children
     * @param completed those completed
     * @param failed those failed
     * @param cancelled those cancelled
     * @param progressSum the sum of all their percentages
     */
    public record Children(long total, long completed, long failed, long cancelled, long progressSum) {}

    /**
     * The failed child whose message the parent repeats: the one that ended first, the lowest id among equals.
     *
     * @param message its {@code error_message}
     * @param kind its {@code error_kind}
     */
    public record FirstFailure(@Nullable String message, JobError.@Nullable Kind kind) {}

    /**
     * What the parent is to become.
     *
     * @param status {@code WAITING} if it goes on waiting, otherwise {@code COMPLETED} or {@code FAILED}
     * @param percent its progress
     * @param error why it failed, if it did
     */
    public record Verdict(
            JobStatus status, int percent, @Nullable JobError error) {}

    /**
     * Decides. The code of a parent that fails is {@code child_failed} or {@code child_cancelled}.
     *
     * @param parent whose error message is in its own language, if it has one
     * @param firstFailure not null if {@code children.failed()} is above zero
     * @param otherwise the language of a parent that has none of its own
     */
    public static Verdict decide(Job parent, Children children, @Nullable FirstFailure firstFailure, Locale otherwise) {
        Locale locale = parent.localeOr(otherwise);
        int percent = children.total() == 0 ? 0 : (int) (children.progressSum() / children.total());
        if (children.failed() > 0) {
            return new Verdict(JobStatus.FAILED, percent, childFailed(children, firstFailure, locale));
        }
        if (children.cancelled() > 0) {
            String message =
                    LibraryText.in(locale).childrenCancelled((int) children.cancelled(), (int) children.total());
            return new Verdict(JobStatus.FAILED, percent, JobError.permanent("child_cancelled", message));
        }
        return children.completed() == children.total()
                ? new Verdict(JobStatus.COMPLETED, 100, null)
                : new Verdict(JobStatus.WAITING, Math.min(percent, 99), null);
    }

    /** Decides for a store that has the children themselves at hand. */
    public static Verdict decide(Job parent, Collection<Job> children, Locale otherwise) {
        Children counts = new Children(
                children.size(),
                count(children, JobStatus.COMPLETED),
                count(children, JobStatus.FAILED),
                count(children, JobStatus.CANCELLED),
                children.stream().mapToLong(child -> child.progress().percent()).sum());
        FirstFailure first = children.stream()
                .filter(child -> child.status() == JobStatus.FAILED)
                .min(Comparator.comparing(Job::completedAt)
                        .thenComparing(child -> child.id().toString()))
                .map(child -> new FirstFailure(child.errorMessage(), child.errorKind()))
                .orElse(null);
        return decide(parent, counts, first, otherwise);
    }

    private static long count(Collection<Job> children, JobStatus status) {
        return children.stream().filter(child -> child.status() == status).count();
    }

    private static JobError childFailed(Children children, @Nullable FirstFailure first, Locale locale) {
        String cause = first == null || first.message() == null ? "" : first.message();
        String message = LibraryText.in(locale).childrenFailed((int) children.failed(), (int) children.total(), cause);
        return first != null && first.kind() == JobError.Kind.USER
                ? JobError.user("child_failed", message)
                : JobError.permanent("child_failed", message);
    }
}
