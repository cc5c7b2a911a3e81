package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobFailures;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.OutcomeStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why attempts failed in a time, as workers have counted it. Immutable.
 *
 * @param since the beginning of the time
 * @param groups by what went wrong, those with most attempts at the front
 * @param unexplained how many more failed of which no worker has written why, as far as that is known
 */
public record FailedAttempts(Instant since, List<JobFailures> groups, long unexplained) {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    /**
     * Reads them. Of more than an hour, minutes may be added up to hours, so it begins with a full one.
     *
     * @param to the end of the present minute
     */
    static FailedAttempts read(OutcomeStore counts, Duration span, Instant to) {
        Instant from = to.minus(JobOutcomes.MINUTE).minus(span);
        Instant since = span.compareTo(HOUR) > 0 ? from.truncatedTo(ChronoUnit.HOURS) : from;
        List<JobFailures> groups = counts.failures(since, to);
        long explained = groups.stream().mapToLong(JobFailures::attempts).sum();
        // Of more than a day, the counts are tens of thousands of rows.
        long failed = span.compareTo(DAY) > 0 ? explained : failed(counts, since, to);
        return new FailedAttempts(since, groups, Math.max(0, failed - explained));
    }

    private static long failed(OutcomeStore counts, Instant since, Instant to) {
        return counts.readHours(since, to).stream()
                .filter(each ->
                        each.outcome() == JobOutcomes.Outcome.FAILED || each.outcome() == JobOutcomes.Outcome.RETRIED)
                .mapToLong(JobOutcomes::jobs)
                .sum();
    }

    /** How many failed. */
    public long attempts() {
        return unexplained + groups.stream().mapToLong(JobFailures::attempts).sum();
    }

    /** The code of most failed attempts of a type; null if none has most. */
    public @Nullable String codeOf(String type) {
        Map<String, Long> codes = groups.stream()
                .filter(group -> group.type().equals(type))
                .collect(Collectors.groupingBy(JobFailures::code, Collectors.summingLong(JobFailures::attempts)));
        long all = codes.values().stream().mapToLong(Long::longValue).sum();
        return codes.entrySet().stream()
                .filter(each -> 2 * each.getValue() > all)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** Whether what has failed was first seen in this time: nothing is kept for longer than what was counted. */
    public boolean isNew(JobFailures group) {
        return !group.firstAt().isBefore(since) && !group.fingerprint().equals(JobFailures.OTHER);
    }
}
