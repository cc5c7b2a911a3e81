package io.forthwith.schedule;

import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StoredTextReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a schedule enqueues, and when, as it is stored: as text, which somebody may have changed by hand. So nothing is checked here; a
 * schedule whose text cannot be read does not fire and shows why. Immutable.
 */
public final class ScheduleDefinition {
    private final String type;
    private final String input;
    private final @Nullable String cron;
    private final @Nullable String period;
    private final String zone;
    private final @Nullable String gap;
    private final @Nullable String overlap;
    private final String catchUp;
    private final String ifRunning;
    private final @Nullable String jitter;
    private final String queue;
    private final int priority;
    private final @Nullable String userId;
    private final @Nullable String projectId;
    private final @Nullable Integer maxAttempts;
    private final @Nullable Duration timeLimit;
    private final @Nullable Locale locale;
    private final @Nullable String metadata;
    private final @Nullable Duration expiresAfter;
    private final @Nullable String limits;
    private static final int FINGERPRINT_LENGTH = 32;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public ScheduleDefinition(
            LibraryOnly by,
            String type,
            String input,
            @Nullable String cron,
            @Nullable String period,
            String zone,
            @Nullable String gap,
            @Nullable String overlap,
            String catchUp,
            String ifRunning,
            @Nullable String jitter,
            String queue,
            int priority,
            @Nullable String userId,
            @Nullable String projectId,
            @Nullable Integer maxAttempts,
            @Nullable Duration timeLimit,
            @Nullable Locale locale,
            @Nullable String metadata,
            @Nullable Duration expiresAfter,
            @Nullable String limits) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(catchUp, "catchUp");
        Objects.requireNonNull(ifRunning, "ifRunning");
        Objects.requireNonNull(queue, "queue");
        this.type = type;
        this.input = input;
        this.cron = cron;
        this.period = period;
        this.zone = zone;
        this.gap = gap;
        this.overlap = overlap;
        this.catchUp = catchUp;
        this.ifRunning = ifRunning;
        this.jitter = jitter;
        this.queue = queue;
        this.priority = priority;
        this.userId = userId;
        this.projectId = projectId;
        this.maxAttempts = maxAttempts;
        this.timeLimit = timeLimit;
        this.locale = locale;
        this.metadata = metadata;
        this.expiresAfter = expiresAfter;
        this.limits = limits;
    }

    /** The type of the jobs. */
    public String type() {
        return type;
    }

    /** Their input as JSON. */
    public String input() {
        return input;
    }

    /** A cron text; null for a schedule with a period. */
    public @Nullable String cron() {
        return cron;
    }

    /** The distance between two runs, in ISO 8601: {@code PT15M}; null for a schedule with a cron text. */
    public @Nullable String period() {
        return period;
    }

    /** The id of the time zone of the cron text. */
    public String zone() {
        return zone;
    }

    /** A name of {@link ClockGap}; null for the default of the text. */
    public @Nullable String gap() {
        return gap;
    }

    /** A name of {@link ClockOverlap}; null for the default of the text. */
    public @Nullable String overlap() {
        return overlap;
    }

    /** As {@link CatchUp#text} writes it. */
    public String catchUp() {
        return catchUp;
    }

    /** A name of {@link IfRunning}. */
    public String ifRunning() {
        return ifRunning;
    }

    /** The longest delay after the nominal time, in ISO 8601; null for none. */
    public @Nullable String jitter() {
        return jitter;
    }

    /** The queue of the jobs. */
    public String queue() {
        return queue;
    }

    /** Their priority, 0 to 9. */
    public int priority() {
        return priority;
    }

    /** Their user; null for none. */
    public @Nullable String userId() {
        return userId;
    }

    /** Their project; null for none. */
    public @Nullable String projectId() {
        return projectId;
    }

    /** How many attempts they have; null if the processor decides. */
    public @Nullable Integer maxAttempts() {
        return maxAttempts;
    }

    /** How long an attempt may take; null if the processor decides. */
    public @Nullable Duration timeLimit() {
        return timeLimit;
    }

    /** The language of messages about them; null for that of the worker. */
    public @Nullable Locale locale() {
        return locale;
    }

    /** Their metadata as a JSON object of strings; null for none. */
    public @Nullable String metadata() {
        return metadata;
    }

    /** How long after it is enqueued a job may start at the latest; null for at any time. */
    public @Nullable Duration expiresAfter() {
        return expiresAfter;
    }

    /** The limits that they are under, as {@link io.forthwith.limit.JobLimit#text} writes them; null for none. */
    public @Nullable String limits() {
        return limits;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ScheduleDefinition that
                && Objects.equals(type, that.type)
                && Objects.equals(input, that.input)
                && Objects.equals(cron, that.cron)
                && Objects.equals(period, that.period)
                && Objects.equals(zone, that.zone)
                && Objects.equals(gap, that.gap)
                && Objects.equals(overlap, that.overlap)
                && Objects.equals(catchUp, that.catchUp)
                && Objects.equals(ifRunning, that.ifRunning)
                && Objects.equals(jitter, that.jitter)
                && Objects.equals(queue, that.queue)
                && priority == that.priority
                && Objects.equals(userId, that.userId)
                && Objects.equals(projectId, that.projectId)
                && Objects.equals(maxAttempts, that.maxAttempts)
                && Objects.equals(timeLimit, that.timeLimit)
                && Objects.equals(locale, that.locale)
                && Objects.equals(metadata, that.metadata)
                && Objects.equals(expiresAfter, that.expiresAfter)
                && Objects.equals(limits, that.limits);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                type,
                input,
                cron,
                period,
                zone,
                gap,
                overlap,
                catchUp,
                ifRunning,
                jitter,
                queue,
                priority,
                userId,
                projectId,
                maxAttempts,
                timeLimit,
                locale,
                metadata,
                expiresAfter,
                limits);
    }

    /**
     * The times. Only the library asks for them; others read {@link Schedule#next} and {@link io.forthwith.client.ScheduleClient#next}.
     *
     * @param anchor one of the times, if it has a period
     * @throws IllegalArgumentException if a text cannot be read; the message names it
     */
    @SuppressWarnings("exports") // so that only the library can call it
    public FiringTimes times(LibraryOnly by, Instant anchor) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(anchor, "anchor");
        if (cron == null) {
            if (period == null) {
                throw new IllegalArgumentException("It has neither a cron text nor a period");
            }
            Duration distance =
                    StoredTextReader.duration("Period", period, Schedule.SHORTEST_PERIOD, Schedule.LONGEST_PERIOD);
            // Stored times have no nanoseconds: a time that is rounded down would come once more.
            if (!distance.equals(distance.truncatedTo(ChronoUnit.MILLIS))) {
                throw new IllegalArgumentException(
                        "Period \"" + SafeText.line(period, 80) + "\" is not allowed: write whole milliseconds");
            }
            return new PeriodTimes(anchor, distance);
        }
        if (period != null) {
            throw new IllegalArgumentException("It has both a cron text and a period");
        }
        return new CronTimes(
                CronExpression.parse(cron),
                zone(zone),
                StoredTextReader.constant(ClockGap.class, "Gap", gap),
                StoredTextReader.constant(ClockOverlap.class, "Overlap", overlap));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException unknown) {
            throw new IllegalArgumentException(
                    "Time zone \"" + SafeText.line(text, 80) + "\" is unknown: write one like Europe/Berlin, or UTC",
                    unknown);
        }
    }

    /** A text that is the same for two definitions whose times follow from the same texts, and another one otherwise. */
    public String fingerprint() {
        String texts = String.join(
                "\n", String.valueOf(cron), String.valueOf(period), zone, String.valueOf(gap), String.valueOf(overlap));
        return HexFormat.of().formatHex(StoredTextReader.sha256(texts)).substring(0, FINGERPRINT_LENGTH);
    }

    /** Without the input, which may hold secrets. */
    @Override
    public String toString() {
        return "Jobs of type " + type + (cron == null ? " every " + period : " at " + cron + " in " + zone);
    }
}
