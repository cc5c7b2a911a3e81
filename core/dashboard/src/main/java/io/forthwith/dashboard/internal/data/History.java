package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.count.OutcomeStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * How attempts ended in each hour of many days, over all queues and types. What is long over does not change any more, so each day is read once and then
 * remembered: a month has tens of thousands of rows. Thread-safe.
 */
public final class History {
    /** Counts of minutes come late, and are added up to hours within two hours. */
    private static final Duration SETTLED = Duration.ofHours(3);

    private static final Duration MOST = Duration.ofDays(32);

    private final Map<Instant, List<JobOutcomes>> days = new ConcurrentHashMap<>();

    /** The days of a span, in UTC. */
    public static List<Instant> days(Instant from, Instant now) {
        Instant first = from.truncatedTo(ChronoUnit.DAYS);
        return Stream.iterate(first, day -> day.isBefore(now), day -> day.plus(1, ChronoUnit.DAYS))
                .toList();
    }

    /** Reads those of some days that are not remembered. */
    public List<JobOutcomes> read(OutcomeStore outcomes, List<Instant> some, Instant now) {
        List<JobOutcomes> all = new ArrayList<>();
        for (Instant day : some) {
            Instant end = day.plus(1, ChronoUnit.DAYS);
            List<JobOutcomes> known = days.get(day);
            if (known == null) {
                known = outcomes.readHours(day, end);
                if (end.plus(SETTLED).isBefore(now)) {
                    days.put(day, known);
                }
            }
            all.addAll(known);
        }
        days.keySet().removeIf(day -> day.isBefore(now.minus(MOST)));
        return all;
    }
}
