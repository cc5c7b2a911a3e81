package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.BoundedCount;
import io.forthwith.store.count.QueueDepth;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How many jobs waited in a queue in the last hour, minute by minute. Immutable. */
public final class QueueDepthByMinute {
    /** Nothing is known. */
    public static final QueueDepthByMinute NONE = new QueueDepthByMinute(List.of());

    private static final Duration LATELY = Duration.ofMinutes(12);
    /** The times are cut to minutes, so over less the error would be large. */
    private static final Duration SHORTEST = Duration.ofMinutes(5);
    /** A worker counts once a minute, or a little later. */
    private static final Duration OLD = Duration.ofMinutes(4);

    /** The oldest first. */
    private final List<QueueDepth> depths;

    private QueueDepthByMinute(List<QueueDepth> depths) {
        this.depths = List.copyOf(depths);
    }

    /** By queue. When a queue is not among those that were counted in a minute, no job waited in it. If nobody has counted lately, nothing is known. */
    public static Map<String, QueueDepthByMinute> by(List<QueueDepth> all, Instant now) {
        SortedMap<Instant, Map<String, QueueDepth>> minutes = new TreeMap<>();
        all.forEach(each ->
                minutes.computeIfAbsent(each.at(), any -> new TreeMap<>()).put(each.queue(), each));
        if (minutes.isEmpty() || minutes.lastKey().isBefore(now.minus(OLD))) {
            return Map.of();
        }
        Map<String, QueueDepthByMinute> trends = new TreeMap<>();
        for (QueueDepth each : all) {
            trends.computeIfAbsent(
                    each.queue(),
                    queue -> new QueueDepthByMinute(minutes.entrySet().stream()
                            .map(minute -> minute.getValue().getOrDefault(queue, empty(minute.getKey(), queue)))
                            .toList()));
        }
        return trends;
    }

    private static QueueDepth empty(Instant at, String queue) {
        return new QueueDepth(at, queue, BoundedCount.NONE, BoundedCount.NONE, BoundedCount.NONE, BoundedCount.NONE);
    }

    /** How many jobs waited, in whatever way, each time when they were counted. */
    public List<Long> depths() {
        return depths.stream().map(each -> (long) each.all().jobs()).toList();
    }

    /** By how many due jobs the queue has grown a minute, over the last twelve minutes; negative if it has shrunk; null if it is not known. */
    public @Nullable Double duePerMinute(Instant now) {
        return perMinute(now, QueueDepth::due);
    }

    /** By how many pending jobs the queue has grown a minute, over the same time; negative if it has shrunk; null if it is not known. */
    public @Nullable Double pendingPerMinute(Instant now) {
        return perMinute(now, each -> each.due().plus(each.scheduled()).plus(each.limited()));
    }

    private @Nullable Double perMinute(Instant now, Function<QueueDepth, BoundedCount> part) {
        List<QueueDepth> lately = depths.stream()
                .filter(each -> each.at().isAfter(now.minus(LATELY)))
                .toList();
        if (lately.isEmpty()) {
            return null;
        }
        QueueDepth first = lately.get(0);
        QueueDepth last = lately.get(lately.size() - 1);
        Duration between = Duration.between(first.at(), last.at());
        boolean isKnown = between.compareTo(SHORTEST) >= 0
                && part.apply(first).isExact()
                && part.apply(last).isExact();
        return isKnown ? (part.apply(last).jobs() - part.apply(first).jobs()) / (double) between.toMinutes() : null;
    }
}
