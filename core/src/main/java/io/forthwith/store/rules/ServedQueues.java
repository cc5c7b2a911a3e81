package io.forthwith.store.rules;

import io.forthwith.insight.QueueState;
import io.forthwith.store.WorkerInfo;
import io.forthwith.store.WorkerState;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Queues that a living worker serves are listed also while they have no jobs. */
public final class ServedQueues {
    private ServedQueues() {}

    /** The states of the queues that the store knows, and of those that the workers serve, by name. */
    public static List<QueueState> add(List<QueueState> known, List<WorkerState> workers) {
        Map<String, QueueState> states = new TreeMap<>();
        known.forEach(state -> states.put(state.queue(), state));
        // Hundreds of workers may serve the same hundred queues.
        Set<String> served = new HashSet<>();
        List<String> before = List.of();
        for (WorkerState worker : workers) {
            WorkerInfo.Serves serves = worker.info().serves();
            if (serves != null && worker.isAlive() && !serves.queues().equals(before)) {
                before = serves.queues();
                served.addAll(before);
            }
        }
        served.remove(WorkerInfo.Serves.CUT);
        served.forEach(queue -> states.putIfAbsent(queue, QueueState.empty(queue, null)));
        return List.copyOf(states.values());
    }
}
