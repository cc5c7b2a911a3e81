package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SimilarNames;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Which workers take which jobs, as far as they say. Immutable. */
public final class Serving {
    private static final int MOST_SIMILAR = 3;

    private final List<RegisteredWorker> alive;
    /** How many say the same object: the hundreds of one application do, with hundreds of names. */
    private final IdentityHashMap<WorkerInfo.Serves, Integer> said = new IdentityHashMap<>();

    private Serving(List<RegisteredWorker> alive) {
        this.alive = alive;
        for (RegisteredWorker worker : alive) {
            WorkerInfo.Serves serves = worker.info().serves();
            if (serves != null) {
                said.merge(serves, 1, Integer::sum);
            }
        }
    }

    /** Keeps the workers that are alive. */
    public static Serving of(List<RegisteredWorker> workers) {
        return new Serving(workers.stream().filter(RegisteredWorker::isAlive).toList());
    }

    /** The workers that are alive. */
    public List<RegisteredWorker> alive() {
        return alive;
    }

    /** How many do not say what they take, as workers of older versions: they may take anything. */
    public int silent() {
        return alive.size() - said.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many say that they take jobs of a queue. */
    public int of(String queue) {
        int workers = 0;
        for (Map.Entry<WorkerInfo.Serves, Integer> each : said.entrySet()) {
            if (takes(each.getKey(), queue)) {
                workers += each.getValue();
            }
        }
        return workers;
    }

    /** Whether all that may take jobs of a queue are so old that they have written what they have counted of it. */
    public boolean hasCounted(String queue, Instant now) {
        return alive.stream()
                .filter(worker -> worker.info().serves() == null || takes(worker, queue))
                .allMatch(worker -> worker.startedAt().isBefore(now.minus(OutcomesByMinute.WRITTEN_AFTER)));
    }

    /** Whether nobody takes jobs of a queue. */
    public boolean isUnserved(String queue) {
        return silent() == 0 && of(queue) == 0;
    }

    /** Whether a worker says that it takes jobs of a queue. */
    public static boolean takes(RegisteredWorker worker, String queue) {
        WorkerInfo.Serves serves = worker.info().serves();
        return serves != null && takes(serves, queue);
    }

    private static boolean takes(WorkerInfo.Serves serves, String queue) {
        return queue.startsWith(NameRules.UNDO) ? serves.takes(queue, queue) : serves.servesQueue(queue);
    }

    /** Whether somebody may have a processor for a type. */
    public boolean knows(String type) {
        return silent() > 0
                || said.keySet().stream()
                        .map(WorkerInfo.Serves::types)
                        .anyMatch(types -> types.contains(type) || types.contains(WorkerInfo.Serves.CUT));
    }

    /** The queues that are served, those first whose names differ least. */
    public List<String> similar(String queue) {
        return SimilarNames.to(queue, queues(), MOST_SIMILAR);
    }

    /** Adds the queues that are served and have no jobs; by name. */
    List<QueueState> with(List<QueueState> known) {
        Map<String, QueueState> states = new TreeMap<>();
        known.forEach(state -> states.put(state.queue(), state));
        queues().distinct().forEach(queue -> states.putIfAbsent(queue, QueueState.empty(queue, null)));
        return List.copyOf(states.values());
    }

    private Stream<String> queues() {
        return said.keySet().stream()
                .flatMap(serves -> serves.queues().stream())
                .filter(each -> !each.equals(WorkerInfo.Serves.CUT));
    }
}
