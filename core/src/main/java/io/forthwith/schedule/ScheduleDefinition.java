package io.forthwith.schedule;

import io.forthwith.internal.StoredTexts;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a schedule enqueues, and when, as it is stored: as text, which somebody may have changed by hand. So nothing is checked here; a
 * schedule whose text cannot be read does not fire and shows why. Immutable.
 *
 * @param type the type of the jobs
 * @param input their input as JSON
 * @param cron a cron text; null for a schedule with a period
 * @param period the distance between two runs, in ISO 8601: {@code PT15M}; null for a schedule with a cron text
 * @param zone the id of the time zone of the cron text
 * @param gap a name of {@link ClockGap}; null for the default of the text
 * @param overlap a name of {@link ClockOverlap}; null for the default of the text
 * @param catchUp as {@link CatchUp#text} writes it
 * @param ifRunning a name of {@link IfRunning}
 * @param jitter the longest delay after the nominal time, in ISO 8601; null for none
 * @param queue the queue of the jobs
 * @param priority their priority, 0 to 9
 * @param userId their user; null for none
 * @param projectId their project; null for none
 * @param maxAttempts how many attempts they have; null if the processor decides
 * @param timeLimit how long an attempt may take; null if the processor decides
 * @param locale the language of messages about them; null for that of the worker
 * @param metadata their metadata as a JSON object of strings; null for none
 * @param expiresAfter how long after it is enqueued a job may start at the latest; null for at any time
 * @param limits the limits that they are under, as {@link io.forthwith.limit.JobLimit#text} writes them; null for none
 */
public record ScheduleDefinition(
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
    private static final int FINGERPRINT_LENGTH = 32;

    /** Checks for null. */
    public ScheduleDefinition {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(catchUp, "catchUp");
        Objects.requireNonNull(ifRunning, "ifRunning");
        Objects.requireNonNull(queue, "queue");
    }

    /** A text that is the same for two definitions whose times follow from the same texts, and another one otherwise. */
    public String fingerprint() {
        String texts = String.join(
                "\n", String.valueOf(cron), String.valueOf(period), zone, String.valueOf(gap), String.valueOf(overlap));
        return HexFormat.of().formatHex(StoredTexts.sha256(texts)).substring(0, FINGERPRINT_LENGTH);
    }

    /** Without the input, which may hold secrets. */
    @Override
    public String toString() {
        return "Jobs of type " + type + (cron == null ? " every " + period : " at " + cron + " in " + zone);
    }
}
