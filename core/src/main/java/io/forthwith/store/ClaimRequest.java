package io.forthwith.store;

import io.forthwith.internal.NameRules;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A worker's request for jobs. Immutable.
 *
 * @param workerId the registered worker
 * @param queues the queues it serves; at least one, without duplicates
 * @param atMost the most jobs, 1 to 1,000
 * @param types the types it has processors for, by all their names; undo jobs are given out for these types only,
 *     whatever their queue
 * @param lostWorkersCap a job that has lost one worker less than this is at its last try, and a worker never holds two such jobs. With a cap of 1 no
 *     job is at its last try
 * @param onlyTypes whether jobs of other types are left to other workers; otherwise they are given out as well, and the worker fails them
 * @param ageing a job that has been due for this time counts as if it had one priority more, 1 second to 365 days; null for an order strictly by priority
 * @param leftToOthers jobs that other workers serve and this one does not know: they are not given out, and nothing of them changes. Those of queues that the worker does not
 *     serve are left away, and with {@code onlyTypes} all
 */
public record ClaimRequest(
        UUID workerId,
        List<String> queues,
        int atMost,
        Set<String> types,
        int lostWorkersCap,
        boolean onlyTypes,
        @Nullable Duration ageing,
        Set<QueuedType> leftToOthers) {
    /** How many workers a job may lose before it fails; what the workers of the library ask with. */
    public static final int LOST_WORKERS_CAP = 3;

    /** The most jobs one claim may ask for. */
    public static final int MOST_JOBS = 1_000;

    private static final Duration SHORTEST_AGEING = Duration.ofSeconds(1);

    private static final Duration LONGEST_AGEING = Duration.ofDays(365);

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
        if (atMost < 1 || atMost > MOST_JOBS) {
            throw new IllegalArgumentException("Cannot claim " + atMost + " jobs at a time: 1 to " + MOST_JOBS);
        }
        types = Set.copyOf(types);
        if (lostWorkersCap < 1) {
            throw new IllegalArgumentException("Lost workers cap " + lostWorkersCap + " is out of range: 1 or more");
        }
        requireAgeing(ageing);
        List<String> served = queues;
        leftToOthers = onlyTypes || leftToOthers.isEmpty()
                ? Set.of()
                : leftToOthers.stream()
                        .filter(left -> served.contains(left.queue()))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** A request that leaves no jobs to others but those of other types, if it takes only its own. */
    public ClaimRequest(
            UUID workerId,
            List<String> queues,
            int atMost,
            Set<String> types,
            int lostWorkersCap,
            boolean onlyTypes,
            @Nullable Duration ageing) {
        this(workerId, queues, atMost, types, lostWorkersCap, onlyTypes, ageing, Set.of());
    }

    /** A request that takes jobs strictly by priority. */
    public ClaimRequest(
            UUID workerId, List<String> queues, int atMost, Set<String> types, int lostWorkersCap, boolean onlyTypes) {
        this(workerId, queues, atMost, types, lostWorkersCap, onlyTypes, null);
    }

    /** A request that takes jobs of all types. */
    public ClaimRequest(UUID workerId, List<String> queues, int atMost, Set<String> types, int lostWorkersCap) {
        this(workerId, queues, atMost, types, lostWorkersCap, false);
    }

    /**
     * Checks a step of ageing.
     *
     * @return the step
     * @throws IllegalArgumentException if it is out of range
     */
    public static @Nullable Duration requireAgeing(@Nullable Duration step) {
        if (step != null && (step.compareTo(SHORTEST_AGEING) < 0 || step.compareTo(LONGEST_AGEING) > 0)) {
            throw new IllegalArgumentException("Ageing " + step + " is out of range: " + SHORTEST_AGEING + " to "
                    + LONGEST_AGEING + "; leave it out to take jobs strictly by priority");
        }
        return step;
    }

    private boolean takes(String type) {
        return !onlyTypes
                || types.contains(type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type);
    }

    /** Whether a job of this queue and type may be given out, if the queue is among those of the request; also answers for undo jobs. */
    public boolean takes(String queue, String type) {
        return takes(type) && (leftToOthers.isEmpty() || !leftToOthers.contains(new QueuedType(queue, type)));
    }

    /** The types of this queue that are left to others, sorted. */
    public List<String> typesLeft(String queue) {
        return leftToOthers.stream()
                .filter(left -> left.queue().equals(queue))
                .map(QueuedType::type)
                .sorted()
                .toList();
    }

    /** All types that may be given out if {@link #onlyTypes} is set, those of undo jobs included. */
    public List<String> typesTaken() {
        return Stream.concat(types.stream(), undoQueues().stream()).sorted().toList();
    }

    /** The queues of the undo jobs of these types. */
    public List<String> undoQueues() {
        return types.stream().map(type -> NameRules.UNDO + type).sorted().toList();
    }

    /**
     * The jobs of one type in one queue. Immutable.
     *
     * @param queue the queue
     * @param type the type, as the row has it: another program may have written a name that no type can have
     */
    public record QueuedType(String queue, String type) {
        /** Checks that both are there. */
        public QueuedType {
            Objects.requireNonNull(queue, "queue");
            Objects.requireNonNull(type, "type");
        }
    }
}
