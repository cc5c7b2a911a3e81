package io.forthwith.dashboard.internal.data;

import io.forthwith.internal.NameRules;
import io.forthwith.internal.SimilarNames;
import io.forthwith.store.WorkerInfo;
import io.forthwith.store.WorkerState;
import java.time.Instant;
import java.util.List;

/**
 * Which workers take which jobs, as far as they say. Immutable.
 *
 * @param alive the workers that are alive
 */
public record Serving(List<WorkerState> alive) {
    private static final int MOST_SIMILAR = 3;

    /** Keeps the workers that are alive. */
    public static Serving of(List<WorkerState> workers) {
        return new Serving(workers.stream().filter(WorkerState::isAlive).toList());
    }

    /** How many do not say what they take, as workers of older versions: they may take anything. */
    public long silent() {
        return alive.stream().filter(worker -> worker.info().serves() == null).count();
    }

    /** How many say that they take jobs of a queue. */
    public long of(String queue) {
        return alive.stream().filter(worker -> takes(worker, queue)).count();
    }

    /** Whether all that may take jobs of a queue are so old that they have written what they have counted of it. */
    public boolean hasCounted(String queue, Instant now) {
        return alive.stream()
                .filter(worker -> worker.info().serves() == null || takes(worker, queue))
                .allMatch(worker -> worker.startedAt().isBefore(now.minus(LastHour.WRITTEN_AFTER)));
    }

    /** Whether nobody takes jobs of a queue. */
    public boolean isUnserved(String queue) {
        return silent() == 0 && of(queue) == 0;
    }

    /** Whether a worker says that it takes jobs of a queue. */
    public static boolean takes(WorkerState worker, String queue) {
        WorkerInfo.Serves serves = worker.info().serves();
        return serves != null
                && (queue.startsWith(NameRules.UNDO) ? serves.takes(queue, queue) : serves.servesQueue(queue));
    }

    /** Whether somebody may have a processor for a type. */
    public boolean knows(String type) {
        return alive.stream()
                .map(worker -> worker.info().serves())
                .anyMatch(serves -> serves == null
                        || serves.types().contains(type)
                        || serves.types().contains(WorkerInfo.Serves.CUT));
    }

    /** The queues that are served, those first whose names differ least. */
    public List<String> similar(String queue) {
        return SimilarNames.to(
                queue,
                alive.stream()
                        .map(worker -> worker.info().serves())
                        .filter(serves -> serves != null)
                        .flatMap(serves -> serves.queues().stream())
                        .filter(each -> !each.equals(WorkerInfo.Serves.CUT)),
                MOST_SIMILAR);
    }
}
