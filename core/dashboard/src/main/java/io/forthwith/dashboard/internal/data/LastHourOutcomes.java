package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobOutcomes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How attempts ended in the last hour. There may be tens of thousands of counts, and several parts of a page ask for their sums. Thread-safe. */
public final class LastHourOutcomes {
    /** Nothing is known. */
    public static final LastHourOutcomes NONE = new LastHourOutcomes(List.of());

    private final List<JobOutcomes> counts;
    private final Sums byType = new Sums(JobOutcomes::type);
    private final Sums byQueue = new Sums(JobOutcomes::queue);

    LastHourOutcomes(List<JobOutcomes> counts) {
        this.counts = counts;
    }

    /** The counts, by minute, queue, type and outcome. */
    public List<JobOutcomes> counts() {
        return counts;
    }

    /** The sums of each type. */
    public Map<String, OutcomesByMinute> byType(Instant now) {
        return byType.at(now);
    }

    /** The sums of each queue. */
    public Map<String, OutcomesByMinute> byQueue(Instant now) {
        return byQueue.at(now);
    }

    /** Sums that are made once a minute. */
    private final class Sums {
        private final Function<JobOutcomes, String> key;
        private long minute;
        private @Nullable Map<String, OutcomesByMinute> made;

        Sums(Function<JobOutcomes, String> key) {
            this.key = key;
        }

        synchronized Map<String, OutcomesByMinute> at(Instant now) {
            Map<String, OutcomesByMinute> known = made;
            if (known == null || minute != OutcomesByMinute.minuteOf(now)) {
                minute = OutcomesByMinute.minuteOf(now);
                known = OutcomesByMinute.by(key, counts, now);
                made = known;
            }
            return known;
        }
    }
}
