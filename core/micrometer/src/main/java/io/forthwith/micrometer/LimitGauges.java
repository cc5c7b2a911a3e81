package io.forthwith.micrometer;

import io.forthwith.internal.Guard;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.store.JobStore;
import io.forthwith.store.limit.LimitStore;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How many jobs the limits of the observed stores hold up, as last sampled. Sampled by one thread at a time, read by any. */
final class LimitGauges {
    /** @param waiting by the tag of the limit */
    private record Sample(long at, Map<String, Integer> waiting) {}

    private final JobMeters meters;
    private final Guard guard;
    private final Map<JobStore, Sample> samples = new ConcurrentHashMap<>();
    private final Map<String, Meter> gauges = new HashMap<>();

    LimitGauges(JobMeters meters, Guard guard) {
        this.meters = meters;
        this.guard = guard;
    }

    /** Asks a store, one bounded question for each limit. If it throws, the sample before stands until it is stale; what it throws is counted as any call. */
    void sample(JobStore store) {
        Map<String, Integer> waiting;
        try {
            waiting = waiting(store);
        } catch (Throwable away) {
            return;
        }
        guard.run(() -> put(store, waiting));
    }

    private Map<String, Integer> waiting(JobStore store) {
        Map<String, Integer> waiting = new HashMap<>();
        LimitStore limits = store.limits().orElse(null);
        if (limits != null) {
            limits.list().stream()
                    .map(Limit::name)
                    .limit(JobMeters.MOST_LIMITS)
                    .forEach(name -> waiting.merge(meters.limit(name), limits.waiting(name), Integer::sum));
            // Nobody declares sequences: without waiting jobs, it is not known whether there are any.
            int behindOthers = limits.waiting(LimitKey.SEQUENCE);
            if (behindOthers > 0) {
                waiting.put(LimitKey.SEQUENCE, behindOthers);
            }
        }
        return waiting;
    }

    private synchronized void put(JobStore store, Map<String, Integer> waiting) {
        samples.put(store, new Sample(meters.now(), Map.copyOf(waiting)));
        Set<String> there = new HashSet<>();
        samples.values().forEach(sample -> there.addAll(sample.waiting.keySet()));
        gauges.entrySet().removeIf(gauge -> {
            boolean isGone = !there.contains(gauge.getKey());
            if (isGone) {
                meters.remove(gauge.getValue());
            }
            return isGone;
        });
        for (String limit : there) {
            if (!gauges.containsKey(limit)) {
                // If the registry refuses it, the next sample tries again.
                guard.run(() -> gauges.put(limit, make(limit)));
            }
        }
    }

    private Meter make(String limit) {
        return meters.gauge(
                "forthwith.jobs.limited",
                "Due jobs that the limit holds up; counting stops at " + LimitState.MOST,
                Tags.of("limit", limit),
                () -> sum(limit));
    }

    /** Over the stores that have the limit; not a number if what is known of one of them is stale. */
    private double sum(String limit) {
        long now = meters.now();
        double sum = 0;
        for (Sample sample : samples.values()) {
            Integer waiting = sample.waiting.get(limit);
            if (waiting != null && now - sample.at > QueueGauges.STALE.toNanos()) {
                return Double.NaN;
            }
            sum += waiting == null ? 0 : waiting;
        }
        return sum;
    }
}
