package io.forthwith.memory;

import io.forthwith.FailedAttempt;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.rules.FailureSum;
import io.forthwith.store.rules.OutcomeRetentionRule;
import io.forthwith.store.rules.OutcomeTotals;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Counts of outcomes in memory. Thread-safe. */
final class InMemoryOutcomes implements OutcomeStore {
    private final Supplier<Instant> now;
    private final Function<Instant, List<QueueDepth>> queues;
    private final Function<JobFailures, List<FailedAttempt>> ofCause;
    private final SortedMap<Instant, List<QueueDepth>> depths = new TreeMap<>();
    private final Map<UUID, Instant> writes = new HashMap<>();
    private final List<JobOutcomes> attempts = new ArrayList<>();
    /** By the minute or hour in which they are counted. */
    private final SortedMap<Instant, FailureSum> failures = new TreeMap<>();

    private Instant turn = Instant.MIN;

    /**
     * @param queues counts how many jobs wait in each queue, for a minute
     * @param ofCause finds the failed attempts with a cause
     */
    InMemoryOutcomes(
            Supplier<Instant> now,
            Function<Instant, List<QueueDepth>> queues,
            Function<JobFailures, List<FailedAttempt>> ofCause) {
        this.ofCause = ofCause;
        this.now = now;
        this.queues = queues;
    }

    @Override
    public synchronized void record(UUID writeId, List<JobOutcomes> counted, List<JobFailures> failed) {
        if (writes.putIfAbsent(writeId, now.get()) == null) {
            attempts.addAll(counted);
            failed.forEach(each -> failures.computeIfAbsent(
                            each.lastAt().truncatedTo(ChronoUnit.MINUTES), any -> new FailureSum())
                    .add(each));
        }
    }

    @Override
    public synchronized List<JobOutcomes> read(Instant from, Instant to) {
        OutcomeTotals sum = OutcomeTotals.ofWorkers();
        between(from, to).forEach(sum::add);
        return sum.all();
    }

    @Override
    public synchronized List<JobOutcomes> readHours(Instant from, Instant to) {
        OutcomeTotals sum = OutcomeTotals.ofHours();
        between(from, to)
                .forEach(each -> sum.addAll(
                        each.from(), each.outcome(), each.jobs(), each.waits().toString()));
        return sum.all();
    }

    private Stream<JobOutcomes> between(Instant from, Instant to) {
        return attempts.stream()
                .filter(each -> !each.from().isBefore(from) && each.from().isBefore(to));
    }

    @Override
    public synchronized List<JobFailures> failures(Instant from, Instant to) {
        FailureSum sum = new FailureSum();
        failures.subMap(from, to).values().forEach(each -> sum.addAll(each.most()));
        Map<String, Instant> first = new HashMap<>();
        failures.values()
                .forEach(each -> each.most()
                        .forEach(
                                one -> first.merge(one.fingerprint(), one.firstAt(), (a, b) -> a.isBefore(b) ? a : b)));
        return sum.all().stream()
                .map(each -> each.firstAt(first.getOrDefault(each.fingerprint(), each.firstAt())))
                .toList();
    }

    @Override
    public List<FailedAttempt> attempts(JobFailures cause, Instant from, Instant to, int atMost) {
        return ofCause.apply(cause).stream()
                .filter(each ->
                        !each.failedAt().isBefore(from) && each.failedAt().isBefore(to))
                .sorted(Comparator.comparing(FailedAttempt::failedAt).reversed())
                .limit(atMost)
                .toList();
    }

    @Override
    public synchronized boolean takeTurn() {
        Instant minute = now.get().truncatedTo(ChronoUnit.MINUTES);
        boolean isFirst = minute.isAfter(turn);
        turn = isFirst ? minute : turn;
        return isFirst;
    }

    @Override
    public int recordDepths() {
        Instant minute = now.get().truncatedTo(ChronoUnit.MINUTES);
        List<QueueDepth> counted = queues.apply(minute);
        synchronized (this) {
            depths.put(minute, counted);
            depths.headMap(minute.minus(DEPTHS_KEPT)).clear();
        }
        return counted.stream().mapToInt(each -> each.all().jobs()).sum();
    }

    @Override
    public synchronized List<QueueDepth> depths(Instant from, Instant to) {
        return depths.subMap(from, to).values().stream().flatMap(List::stream).toList();
    }

    @Override
    public synchronized int rollUp() {
        Instant today = now.get();
        int before = attempts.size() + failures.size();
        writes.values().removeIf(written -> written.isBefore(OutcomeRetentionRule.writesEnd(today)));
        Instant end = OutcomeRetentionRule.minutesEnd(today);
        OutcomeTotals hours = OutcomeTotals.ofHours();
        OutcomeTotals minutes = OutcomeTotals.ofWorkers();
        attempts.forEach(each -> (each.from().isBefore(end) ? hours : minutes).add(each));
        attempts.clear();
        attempts.addAll(hours.all());
        attempts.addAll(minutes.all());
        SortedMap<Instant, FailureSum> old = new TreeMap<>();
        failures.headMap(end)
                .forEach((minute, sum) -> old.computeIfAbsent(
                                minute.truncatedTo(ChronoUnit.HOURS), any -> new FailureSum())
                        .addAll(sum.most()));
        failures.headMap(end).clear();
        failures.putAll(old);
        Instant last = OutcomeRetentionRule.hoursEnd(today);
        attempts.removeIf(each -> each.from().isBefore(last));
        failures.headMap(last).clear();
        return before - attempts.size() - failures.size();
    }
}
