package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.count.OutcomeStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads how attempts ended in the last hour. There may be tens of thousands of counts, and workers write those of a minute soon after it. So the last
 * minutes are read each time, and those before once a minute: what a worker writes late is seen a minute later. Thread-safe.
 */
final class HourReads {
    /** Workers write once a minute, and once more if the store was away. */
    private static final Duration STILL_WRITTEN = Duration.ofMinutes(5);

    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private volatile @Nullable Read last;

    /**
     * What was read.
     *
     * @param from the beginning of the first minute
     * @param to the end of the minutes that are remembered
     */
    private record Read(Instant at, Instant from, Instant to, List<JobOutcomes> counts) {
        boolean isOf(Instant now, Instant begin) {
            return Duration.between(at, now).abs().compareTo(REMEMBERED) < 0 && !begin.isBefore(from);
        }
    }

    /** The counts from a minute to another one, not included, by time. */
    List<JobOutcomes> read(OutcomeStore outcomes, Instant from, Instant to, Instant now) {
        Read known = last;
        if (known != null && known.isOf(now, from)) {
            List<JobOutcomes> all = new ArrayList<>();
            known.counts.stream().filter(each -> !each.from().isBefore(from)).forEach(all::add);
            all.addAll(outcomes.read(known.to, to));
            return all;
        }
        List<JobOutcomes> all = outcomes.read(from, to);
        Instant settled = to.minus(STILL_WRITTEN);
        last = new Read(
                now,
                from,
                settled,
                all.stream().filter(each -> each.from().isBefore(settled)).toList());
        return all;
    }
}
