package io.forthwith.store.rows;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.OutcomeStore;
import io.forthwith.store.rules.OutcomeRule;
import io.forthwith.store.rules.OutcomeSum;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts of outcomes in memory. Thread-safe. */
final class InMemoryOutcomes implements OutcomeStore {
    private final Supplier<Instant> now;
    private final Map<Key, JobOutcomes> counted = new HashMap<>();

    /**
     * What is counted once.
     *
     * @param workerId null for what was added up
     */
    private record Key(Instant from, @Nullable UUID workerId, String queue, String type, JobOutcomes.Outcome outcome) {
        static Key of(@Nullable UUID workerId, JobOutcomes each) {
            return new Key(each.from(), workerId, each.queue(), each.type(), each.outcome());
        }
    }

    InMemoryOutcomes(Supplier<Instant> now) {
        this.now = now;
    }

    @Override
    public synchronized void record(UUID workerId, List<JobOutcomes> minutes) {
        minutes.forEach(each -> counted.put(Key.of(workerId, each), each));
    }

    @Override
    public synchronized List<JobOutcomes> read(Instant from, Instant to) {
        OutcomeSum sum = OutcomeSum.ofWorkers();
        between(from, to).forEach(sum::add);
        return sum.all();
    }

    @Override
    public synchronized List<JobOutcomes> readHours(Instant from, Instant to) {
        OutcomeSum sum = OutcomeSum.ofHours();
        between(from, to)
                .forEach(each -> sum.addAll(
                        each.from(), each.outcome(), each.jobs(), each.waits().toString()));
        return sum.all();
    }

    private Stream<JobOutcomes> between(Instant from, Instant to) {
        return counted.values().stream()
                .filter(each -> !each.from().isBefore(from) && each.from().isBefore(to));
    }

    @Override
    public synchronized int rollUp() {
        int before = counted.size();
        Instant end = OutcomeRule.minutesEnd(now.get());
        Instant last = OutcomeRule.hoursEnd(now.get());
        OutcomeSum old = OutcomeSum.ofHours();
        counted.values().stream().filter(each -> each.from().isBefore(end)).forEach(old::add);
        counted.values().removeIf(each -> each.from().isBefore(end));
        old.all().stream()
                .filter(each -> !each.from().isBefore(last))
                .forEach(each -> counted.put(Key.of(null, each), each));
        return before - counted.size();
    }
}
