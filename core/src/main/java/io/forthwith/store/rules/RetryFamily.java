package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that are retried by hand together: a job, those of its children that failed or were cancelled, those that it comes after and
 * that did, if it fails or is cancelled for them, and theirs; and with a finisher the parent, without whose other children it does
 * not run. Immutable. For stores.
 */
public final class RetryFamily {
    private final Relatives relatives;
    private final Map<UUID, Job> members = new LinkedHashMap<>();

    /** Who belongs to a job, read while nobody else can change them. */
    public interface Relatives {
        /** The children of a job that have failed or were cancelled, at least. */
        Collection<Job> endedChildren(Job job);

        /** The jobs that a job comes after and that have failed or were cancelled, at least. */
        Collection<Job> endedPredecessors(Job job);

        /** The parent of a job; null if it has none, or that is gone. */
        @Nullable
        Job parent(Job job);

        /** Whether a job is a parent of which nobody has noted that it is one, as older versions of the library did. By default never. */
        default boolean isUnmarkedParent(Job job) {
            return false;
        }
    }

    private RetryFamily(Relatives relatives) {
        this.relatives = relatives;
    }

    /** Those that are retried with {@code job}, which has failed or was cancelled. */
    public static RetryFamily of(Job job, Relatives relatives) {
        RetryFamily family = new RetryFamily(relatives);
        List<Job> open = new ArrayList<>(List.of(job));
        while (!open.isEmpty()) {
            Job next = open.remove(open.size() - 1);
            if (Transitions.isRetryable(next) && family.members.putIfAbsent(next.id(), next) == null) {
                open.addAll(relatives.endedChildren(next));
                Job parent = next.relations().isFinisher() ? relatives.parent(next) : null;
                if (parent != null) {
                    open.add(parent);
                }
                PredecessorFailurePolicy policy = next.relations().onPredecessorFailure();
                if (policy != null && policy != PredecessorFailurePolicy.RUN) {
                    open.addAll(relatives.endedPredecessors(next));
                }
            }
        }
        return family;
    }

    /** All of them as they stand, the job itself first. */
    public List<Job> members() {
        return List.copyOf(members.values());
    }

    /** What they become. Those that wait are looked at when all are put. */
    public List<Job> retried(Transitions moves) {
        return members.values().stream()
                .map(member -> moves.retry(member, waits(member)))
                .toList();
    }

    private boolean waits(Job member) {
        return member.relations().isParent()
                || member.relations().hasPredecessors()
                || (member.relations().isFinisher() && isRetriedWithItsParent(member))
                || relatives.isUnmarkedParent(member);
    }

    private boolean isRetriedWithItsParent(Job member) {
        return member.parentId() != null && members.containsKey(member.parentId());
    }
}
