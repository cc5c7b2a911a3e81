package io.forthwith.store;

import io.forthwith.internal.NameRules;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A worker's wish for jobs. Immutable.
 *
 * @param workerId the registered worker
 * @param queues the queues it serves; at least one, without duplicates
 * @param limit how many jobs at the most, 1 to 1,000
 * @param types the types it has processors for, by all their names; the jobs that undo durable steps are handed out for these types only,
 *     whatever the queues
 * @param lostWorkersCap a job that has lost one worker less than this is at its last try: a worker never holds two of them. With a cap of 1 none
 *     counts as such
 * @param onlyTypes whether jobs of other types are left to other workers; otherwise they are handed out as well, to be failed
 */
public record ClaimRequest(
        UUID workerId, List<String> queues, int limit, Set<String> types, int lostWorkersCap, boolean onlyTypes) {
    /** The most jobs one claim may ask for. */
    public static final int MAX_LIMIT = 1_000;

    /** Checks every value. */
    public ClaimRequest {
        Objects.requireNonNull(workerId, "workerId");
        queues = queues.stream()
                .map(queue -> NameRules.require("Queue", queue))
                .distinct()
                .toList();
        if (queues.isEmpty()) {
            throw new IllegalArgumentException("A claim must name at least one queue");
        }
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("Claim limit " + limit + " is out of range: 1 to " + MAX_LIMIT);
        }
        types = Set.copyOf(types);
        if (lostWorkersCap < 1) {
            throw new IllegalArgumentException("Lost workers cap " + lostWorkersCap + " is out of range: 1 or more");
        }
    }

    /** One that takes jobs of any type. */
    public ClaimRequest(UUID workerId, List<String> queues, int limit, Set<String> types, int lostWorkersCap) {
        this(workerId, queues, limit, types, lostWorkersCap, false);
    }

    /** Whether a job of this type may be handed out, be it one that undoes durable steps. */
    public boolean takes(String type) {
        return !onlyTypes
                || types.contains(type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type);
    }

    /** The types of all jobs that {@linkplain #onlyTypes only} may be handed out, those that undo durable steps included. */
    public List<String> typesTaken() {
        return Stream.concat(types.stream(), undoQueues().stream()).sorted().toList();
    }

    /** The queues of the jobs that undo durable steps of these types. */
    public List<String> undoQueues() {
        return types.stream().map(type -> NameRules.UNDO + type).sorted().toList();
    }
}
