package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobCount;
import io.forthwith.insight.QueueDepth;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How many jobs waited in a queue in the last hour, minute by minute. Immutable. */
public final class QueueTrend {
    /** Nothing is known. */
    public static final QueueTrend NONE = new QueueTrend(List.of());

    private static final Duration LATELY = Duration.ofMinutes(10);
    private static final Duration SHORTEST = Duration.ofMinutes(2);

    /** The oldest first. */
    private final List<QueueDepth> depths;

    private QueueTrend(List<QueueDepth> depths) {
        this.depths = List.copyOf(depths);
    }

    /** By queue. */
    public static Map<String, QueueTrend> by(List<QueueDepth> all) {
        Map<String, List<QueueDepth>> queues = new TreeMap<>();
        all.forEach(each ->
                queues.computeIfAbsent(each.queue(), any -> new ArrayList<>()).add(each));
        Map<String, QueueTrend> trends = new TreeMap<>();
        queues.forEach((queue, depths) -> trends.put(queue, new QueueTrend(depths)));
        return trends;
    }

    /** How many jobs waited, in whatever way, each time when they were counted. */
    public List<Long> depths() {
        return depths.stream().map(each -> (long) each.all().jobs()).toList();
    }

    /** By how many due jobs the queue has grown a minute, over the last ten minutes; negative if it has shrunk; null if it is not known. */
    public @Nullable Double duePerMinute(Instant now) {
        return perMinute(now, QueueDepth::due);
    }

    /** The same for all jobs that wait. */
    public @Nullable Double allPerMinute(Instant now) {
        return perMinute(now, QueueDepth::all);
    }

    private @Nullable Double perMinute(Instant now, Function<QueueDepth, JobCount> part) {
        List<QueueDepth> lately = depths.stream()
                .filter(each -> each.at().isAfter(now.minus(LATELY).minus(SHORTEST)))
                .toList();
        if (lately.isEmpty()) {
            return null;
        }
        QueueDepth first = lately.get(0);
        QueueDepth last = lately.get(lately.size() - 1);
        Duration between = Duration.between(first.at(), last.at());
        boolean isKnown = between.compareTo(SHORTEST) >= 0
                && last.at().isAfter(now.minus(SHORTEST).minus(SHORTEST))
                && part.apply(first).isExact()
                && part.apply(last).isExact();
        return isKnown ? (part.apply(last).jobs() - part.apply(first).jobs()) / (double) between.toMinutes() : null;
    }
}
