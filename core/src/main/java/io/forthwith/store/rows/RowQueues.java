package io.forthwith.store.rows;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.count.QueueTypes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How the queues stand, out of rows. */
final class RowQueues {
    private RowQueues() {}

    static List<QueueState> of(JobRowAccess rows, Instant now, int most) {
        Map<String, Long> running = RowSituation.processing(rows).stream()
                .limit(QueueState.MOST_COUNTED)
                .collect(groupingBy(Job::queue, counting()));
        SortedSet<String> names = new TreeSet<>(rows.pendingQueues(most));
        names.addAll(running.keySet());
        rows.pausedQueues().forEach(pause -> names.add(pause.queue()));
        return names.stream()
                .map(queue -> of(rows, queue, running.getOrDefault(queue, 0L).intValue(), now))
                .toList();
    }

    private static QueueState of(JobRowAccess rows, String queue, int running, Instant now) {
        PausedQueue paused = rows.pausedQueue(queue);
        return new QueueState(
                LibraryOnly.KEY,
                queue,
                count(priority -> rows.due(queue, priority, now)),
                count(priority -> rows.dueAfter(queue, priority, now)),
                BoundedCount.NONE,
                new BoundedCount(running, true),
                oldestAge(rows, queue, now),
                paused == null ? null : paused.pause());
    }

    static QueueTypes types(JobRowAccess rows, String queue, Instant now) {
        Map<String, int[]> counts = new HashMap<>();
        long all = IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                .boxed()
                .flatMap(priority -> rows.dueAfter(queue, priority, Instant.EPOCH))
                .limit(QueueState.MOST_COUNTED)
                .peek(job -> counts.computeIfAbsent(job.type(), any -> new int[2])[
                        job.runAt().isAfter(now) ? 1 : 0]++)
                .count();
        List<QueueTypes.OfType> types = counts.entrySet().stream()
                .map(each -> new QueueTypes.OfType(each.getKey(), each.getValue()[0], each.getValue()[1], 0))
                .sorted(Comparator.comparingInt(QueueTypes.OfType::jobs)
                        .reversed()
                        .thenComparing(QueueTypes.OfType::type))
                .toList();
        return new QueueTypes(types, all < QueueState.MOST_COUNTED);
    }

    private static BoundedCount count(IntFunction<Stream<Job>> jobs) {
        int found = (int) IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                .mapToObj(jobs)
                .flatMap(Function.identity())
                .limit(QueueState.MOST_COUNTED + 1L)
                .count();
        return new BoundedCount(Math.min(found, QueueState.MOST_COUNTED), found <= QueueState.MOST_COUNTED);
    }

    private static @Nullable Duration oldestAge(JobRowAccess rows, String queue, Instant now) {
        return IntStream.rangeClosed(0, NewJob.HIGHEST_PRIORITY)
                .boxed()
                .flatMap(priority -> rows.due(queue, priority, now).limit(1))
                .map(job -> Duration.between(job.runAt(), now))
                .max(Duration::compareTo)
                .orElse(null);
    }
}
