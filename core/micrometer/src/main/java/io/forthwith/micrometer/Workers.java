package io.forthwith.micrometer;

import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.JobStore;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The workers of this process, from their registration until they deregister. One that stops and cannot tell so counts until its lease has
 * lapsed. Thread-safe.
 */
final class Workers {
    private static final double NANOS = 1e9;

    /** {@code store}: where it is registered. */
    private record Known(
            JobStore store,
            List<String> queues,
            int slots,
            long beat,
            Duration lease,
            boolean isStopping,
            boolean isDegraded) {
        private static Known of(JobStore store, WorkerInfo.@Nullable Serves serves, long now, Duration lease) {
            return serves == null
                    ? new Known(store, List.of(), 0, now, lease, false, false)
                    : new Known(store, serves.queues(), serves.concurrency(), now, lease, false, false);
        }

        private Known beat(long now, Duration renewed) {
            return new Known(store, queues, slots, now, renewed, isStopping, isDegraded);
        }

        private Known says(WorkerLoad load) {
            return new Known(store, queues, slots, beat, lease, isStopping || load.isStopping(), load.isDegraded());
        }

        /** One that stops sends no more heartbeats at some time. */
        private boolean isGone(long now) {
            return isStopping && now - beat > lease.toNanos();
        }
    }

    private final JobMeters meters;
    private final Attempts attempts;
    private final Map<UUID, Known> known = new ConcurrentHashMap<>();
    private boolean hasGauges;

    Workers(JobMeters meters, Attempts attempts) {
        this.meters = meters;
        this.attempts = attempts;
    }

    void registered(JobStore store, WorkerInfo worker, Duration lease) {
        known.put(worker.id(), Known.of(store, worker.serves(), meters.now(), lease));
        makeGauges();
    }

    private synchronized void makeGauges() {
        if (!hasGauges) {
            meters.gauge(
                    "forthwith.worker.slots",
                    "How many jobs the workers run at a time; of one that stops, those that it still runs",
                    Tags.empty(),
                    this::slots);
            meters.gauge("forthwith.worker.slots.used", "How many of these slots are taken", Tags.empty(), this::used);
            meters.seconds(
                    "forthwith.worker.beat.age",
                    "Since the last heartbeat that the store has answered; of several workers the largest",
                    Tags.empty(),
                    this::beatAge);
            meters.gauge(
                    "forthwith.worker.degraded",
                    "How many of the workers have told in their last heartbeat that something is wrong",
                    Tags.empty(),
                    () -> there().values().stream().filter(Known::isDegraded).count());
            hasGauges = true;
        }
    }

    void beaten(UUID worker, Duration lease) {
        known.computeIfPresent(worker, (id, before) -> before.beat(meters.now(), lease));
    }

    /** What a heartbeat says of it. One that stops takes no more jobs, and lets those that run come to their end. */
    void says(UUID worker, WorkerLoad load) {
        known.computeIfPresent(worker, (id, before) -> before.says(load));
    }

    void gone(UUID worker) {
        known.remove(worker);
    }

    private Map<UUID, Known> there() {
        long now = meters.now();
        known.values().removeIf(each -> each.isGone(now));
        return known;
    }

    /** The queues that those serve which are registered there. */
    Set<String> queues(JobStore store) {
        Set<String> served = new HashSet<>();
        for (Known each : there().values()) {
            if (each.store == store) {
                served.addAll(each.queues);
            }
        }
        served.remove(WorkerInfo.Serves.CUT);
        return served;
    }

    private double slots() {
        Map<UUID, Integer> running = attempts.callsByWorker();
        return there().entrySet().stream()
                .mapToInt(each -> each.getValue().isStopping ? used(each, running) : each.getValue().slots)
                .sum();
    }

    private double used() {
        Map<UUID, Integer> running = attempts.callsByWorker();
        return there().entrySet().stream().mapToInt(each -> used(each, running)).sum();
    }

    /** An attempt whose end the store has not confirmed yet has no slot any more; so there may be more calls than slots. */
    private static int used(Map.Entry<UUID, Known> worker, Map<UUID, Integer> running) {
        return Math.min(worker.getValue().slots, running.getOrDefault(worker.getKey(), 0));
    }

    private double beatAge() {
        long now = meters.now();
        return there().values().stream()
                .mapToDouble(each -> (now - each.beat) / NANOS)
                .max()
                .orElse(Double.NaN);
    }
}
