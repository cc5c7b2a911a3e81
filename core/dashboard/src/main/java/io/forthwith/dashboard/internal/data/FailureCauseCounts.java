package io.forthwith.dashboard.internal.data;

import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
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
public record FailureCauseCounts(Instant since, List<JobFailures> groups, long unexplained) {
    private static final Duration HOUR = Duration.ofHours(1);

    /** When they begin: as in {@link OutcomesByMinute}, the minute that is not over counts. Of more than an hour, minutes may be added up to hours, so it is a full one. */
    static Instant since(Duration span, Instant to) {
        return span.compareTo(HOUR) > 0
                ? to.minus(JobOutcomes.MINUTE).minus(span).truncatedTo(ChronoUnit.HOURS)
                : to.minus(span);
    }

    /**
     * Reads them.
     *
     * @param counted how attempts ended, read before: so what fails meanwhile is never without a cause
     */
    static FailureCauseCounts read(OutcomeStore counts, List<JobOutcomes> counted, Instant since, Instant to) {
        long failed = counted.stream()
                .filter(each -> !each.from().isBefore(since) && each.from().isBefore(to))
                .filter(each ->
                        each.outcome() == JobOutcomes.Outcome.FAILED || each.outcome() == JobOutcomes.Outcome.RETRIED)
                .mapToLong(JobOutcomes::jobs)
                .sum();
        List<JobFailures> groups = counts.failures(since, to);
        long explained = groups.stream().mapToLong(JobFailures::attempts).sum();
        return new FailureCauseCounts(since, groups, Math.max(0, failed - explained));
    }

    /** How many failed. */
    public long attempts() {
        return unexplained + groups.stream().mapToLong(JobFailures::attempts).sum();
    }

    /** The code of more than half of so many failed attempts of a type; null if none has as many. */
    public @Nullable String codeOf(String type, long failed) {
        Map<String, Long> codes = groups.stream()
                .filter(group -> group.type().equals(type))
                .collect(Collectors.groupingBy(JobFailures::code, Collectors.summingLong(JobFailures::attempts)));
        return codes.entrySet().stream()
                .filter(each -> 2 * each.getValue() > failed)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** The largest cause of a type, of those with a code if one is given; null if none is counted. */
    public @Nullable String causeOf(String type, @Nullable String code) {
        return groups.stream()
                .filter(group -> group.type().equals(type)
                        && (code == null || group.code().equals(code)))
                .filter(group -> !group.fingerprint().equals(JobFailures.OTHER))
                .map(JobFailures::fingerprint)
                .findFirst()
                .orElse(null);
    }

    /** Whether what has failed was first seen in this time. Not known where nothing was seen before it: perhaps nobody counted then. */
    public boolean isNew(JobFailures group) {
        boolean hasSeenBefore = groups.stream().anyMatch(each -> each.firstAt().isBefore(since));
        return hasSeenBefore
                && !group.firstAt().isBefore(since)
                && !group.fingerprint().equals(JobFailures.OTHER);
    }
}
