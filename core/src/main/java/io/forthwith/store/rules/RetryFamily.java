package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.PredecessorFailurePolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The jobs that are retried by hand together, as {@link RetryRule} says. */
final class RetryFamily {
    private final RetryRows rows;
    private final Map<UUID, Job> members = new LinkedHashMap<>();

    private RetryFamily(RetryRows rows) {
        this.rows = rows;
    }

    /** The jobs that are retried with {@code job}, which has failed or was cancelled. */
    static RetryFamily of(Job job, RetryRows rows) {
        RetryFamily family = new RetryFamily(rows);
        List<Job> open = new ArrayList<>(List.of(job));
        while (!open.isEmpty()) {
            Job next = open.remove(open.size() - 1);
            if (next.status().isRetryable() && family.members.putIfAbsent(next.id(), next) == null) {
                open.addAll(rows.endedChildren(next));
                Job parent = next.relations().isFinisher() ? rows.parent(next) : null;
                if (parent != null) {
                    open.add(parent);
                }
                PredecessorFailurePolicy policy = next.relations().onPredecessorFailure();
                if (policy != null && policy != PredecessorFailurePolicy.RUN) {
                    open.addAll(rows.endedPredecessors(next));
                }
            }
        }
        return family;
    }

    /** All of them as they are stored, the job itself first. */
    List<Job> members() {
        return List.copyOf(members.values());
    }

    /** What they become, in the same order. */
    List<Job> retried(JobMoves moves) {
        return members.values().stream()
                .map(member -> moves.retry(member, waits(member)))
                .toList();
    }

    private boolean waits(Job member) {
        return member.relations().isParent()
                || member.relations().hasPredecessors()
                || (member.relations().isFinisher() && isRetriedWithItsParent(member))
                || rows.isUnmarkedParent(member);
    }

    private boolean isRetriedWithItsParent(Job member) {
        return member.parentId() != null && members.containsKey(member.parentId());
    }
}
