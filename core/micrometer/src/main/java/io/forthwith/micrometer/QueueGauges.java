package io.forthwith.micrometer;

import io.forthwith.insight.QueueState;
import io.forthwith.internal.Guard;
import io.forthwith.store.JobStore;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** How the queues of the observed stores stand, as last sampled. Sampled by one thread at a time, read by any. */
final class QueueGauges {
    static final Duration INTERVAL = Duration.ofSeconds(15);
    /** Two samples may be lost. */
    static final Duration STALE = INTERVAL.multipliedBy(3);

    /** Of so many queues a store may have left some out. */
    static final int CUT = 200;

    private static final double MILLIS = 1e3;

    /**
     * Not a number: nothing is known.
     *
     * @param paused 1 if it is paused, else 0
     * @param isGone whether the queue was in the sample before this one
     */
    private record Standing(double due, double scheduled, double oldest, double paused, boolean isGone) {
        private static final Standing EMPTY = of(0);
        private static final Standing UNKNOWN = of(Double.NaN);

        private static Standing of(double all) {
            return new Standing(all, all, all, all, false);
        }

        private static Standing of(QueueState queue) {
            Duration oldest = queue.oldestAge();
            return new Standing(
                    queue.due().jobs(),
                    queue.scheduled().jobs(),
                    oldest == null ? 0 : oldest.toMillis() / MILLIS,
                    queue.pause() == null ? 0 : 1,
                    false);
        }

        private Standing gone() {
            return new Standing(due, scheduled, oldest, paused, true);
        }

        /** Of two queues with one tag. */
        private Standing and(Standing other) {
            return new Standing(
                    due + other.due,
                    scheduled + other.scheduled,
                    Math.max(oldest, other.oldest),
                    Math.max(paused, other.paused),
                    isGone && other.isGone);
        }
    }

    private record Sample(long at, Map<String, Standing> queues) {}

    private final JobMeters meters;
    private final Guard guard;
    private final Map<JobStore, Sample> samples = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Meter>> gauges = new HashMap<>();

    QueueGauges(JobMeters meters, Guard guard) {
        this.meters = meters;
        this.guard = guard;
    }

    /**
     * Asks a store. If it throws, the sample before stands until it is stale; what it throws is counted as any call.
     *
     * @param served queues that are shown also if they are empty; else nobody would see that nothing is known of them
     */
    void sample(JobStore store, Set<String> served) {
        List<QueueState> states;
        try {
            states = store.queues();
        } catch (Throwable away) {
            guard.run(() -> keep(store, served));
            return;
        }
        guard.run(() -> put(store, states, served));
    }

    /** Shows also what was never sampled. */
    private synchronized void keep(JobStore store, Set<String> served) {
        Sample before = samples.getOrDefault(store, new Sample(meters.now(), Map.of()));
        Map<String, Standing> queues = new HashMap<>(before.queues);
        served.forEach(each -> queues.putIfAbsent(meters.queue(each), Standing.UNKNOWN));
        samples.put(store, new Sample(before.at, Map.copyOf(queues)));
        fit();
    }

    private synchronized void put(JobStore store, List<QueueState> states, Set<String> served) {
        // First: queues have a limited number of tags.
        served.forEach(meters::queue);
        Map<String, Standing> queues = new HashMap<>();
        states.forEach(each -> queues.merge(meters.queue(each.queue()), Standing.of(each), Standing::and));
        Standing absent = states.size() >= CUT ? Standing.UNKNOWN : Standing.EMPTY;
        served.forEach(each -> queues.putIfAbsent(meters.queue(each), absent));
        Sample before = samples.get(store);
        if (before != null) {
            before.queues.forEach((queue, standing) -> {
                if (!standing.isGone) {
                    queues.putIfAbsent(queue, absent.gone());
                }
            });
        }
        samples.put(store, new Sample(meters.now(), Map.copyOf(queues)));
        fit();
    }

    /** Makes the gauges of new queues, and removes those of queues that are in no sample any more. */
    private void fit() {
        Set<String> there = new HashSet<>();
        samples.values().forEach(sample -> there.addAll(sample.queues.keySet()));
        for (String queue : there) {
            make(queue, gauges.computeIfAbsent(queue, any -> new HashMap<>()));
        }
        Set<String> gone = new HashSet<>(gauges.keySet());
        gone.removeAll(there);
        for (String queue : gone) {
            gauges.getOrDefault(queue, Map.of()).values().forEach(meters::remove);
            gauges.remove(queue);
        }
    }

    private void make(String queue, Map<String, Meter> made) {
        Tags tags = Tags.of("queue", queue);
        make(
                "forthwith.queue.due",
                made,
                name -> meters.gauge(
                        name,
                        "Due jobs that no worker has taken yet; counting stops at " + QueueState.MOST_COUNTED,
                        tags,
                        () -> sum(queue, Standing::due)));
        make(
                "forthwith.queue.scheduled",
                made,
                name -> meters.gauge(
                        name,
                        "Pending jobs that are not due yet; counting stops at " + QueueState.MOST_COUNTED,
                        tags,
                        () -> sum(queue, Standing::scheduled)));
        make(
                "forthwith.queue.oldest.age",
                made,
                name -> meters.seconds(
                        name,
                        "How long the job that has been due longest has waited; 0 if none is due",
                        tags,
                        () -> largest(queue, Standing::oldest)));
        make(
                "forthwith.queue.paused",
                made,
                name -> meters.gauge(
                        name, "1 if the queue is paused, else 0", tags, () -> largest(queue, Standing::paused)));
    }

    /** If the registry refuses one, the others are made all the same, and the next sample tries again. */
    private void make(String name, Map<String, Meter> made, Function<String, Meter> maker) {
        if (!made.containsKey(name)) {
            guard.run(() -> made.put(name, maker.apply(name)));
        }
    }

    private double sum(String queue, ToDoubleFunction<Standing> number) {
        return fresh(queue, standings -> standings.mapToDouble(number).sum());
    }

    private double largest(String queue, ToDoubleFunction<Standing> number) {
        return fresh(queue, standings -> standings.mapToDouble(number).max().orElse(Double.NaN));
    }

    /** Over the stores that have the queue; not a number if what is known of one of them is stale. */
    private double fresh(String queue, ToDoubleFunction<Stream<Standing>> number) {
        long now = meters.now();
        List<Standing> standings = new ArrayList<>();
        for (Sample sample : samples.values()) {
            Standing standing = sample.queues.get(queue);
            if (standing != null && now - sample.at > STALE.toNanos()) {
                return Double.NaN;
            }
            if (standing != null) {
                standings.add(standing);
            }
        }
        return number.applyAsDouble(standings.stream());
    }
}
