package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.DelayRules;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A key that at most one job of a type has: until when a job has it, and what becomes of another job that is enqueued with it meanwhile.
 * Immutable. By default a job has its key until it has ended, and enqueuing another one returns the first. The order of the calls makes no difference;
 * two that contradict each other are refused.
 *
 * <pre>{@code
 * // Saves of a storyboard, at most one job that has not started: it runs when nobody has saved for 5 seconds, at the latest after a minute.
 * NewJob.of(RENDER_PREVIEW, board)
 *         .delay(Duration.ofSeconds(5))
 *         .uniqueKey(UniqueKey.of(board.id()).untilStarted().debounce(Duration.ofMinutes(1)));
 * }</pre>
 *
 * <p>Keys of different {@linkplain Scope scopes} do not meet: use one scope for a type. A retry never meets the key of its own job. A job that
 * is retried by hand takes back a key of the scope {@link Scope#UNTIL_ENDED} only.
 */
@CheckReturnValue
public final class UniqueKey {
    /** Until when a job has its key. */
    public enum Scope {
        /** Until it has completed, failed for good, or was cancelled. */
        UNTIL_ENDED,
        /**
         * Until a worker claims it for the first time, or it ends before. So one job of the key may wait while others run. Neither a retry nor a
         * lost worker gives the key back.
         */
        UNTIL_STARTED,
        /** For a time after it was enqueued, whatever becomes of it: also if it ends before, is deleted, or runs longer. */
        PERIOD
    }

    /** What becomes of a job whose key another one has. */
    public enum IfTaken {
        /** It is not added; the answer is the job that has the key. */
        RETURN_EXISTING,
        /** The whole call is refused with {@code UniqueKeyTakenException}, and adds nothing. */
        REJECT,
        /**
         * It is not added, but the job that has the key gets its input and its deadline. A job that a worker has claimed before, or that has ended, keeps the input
         * it has.
         */
        REPLACE_INPUT,
        /** As {@link #REPLACE_INPUT}, and the job that has the key gets another due time: see {@link UniqueKey#debounce}. */
        DEBOUNCE
    }

    private final String key;
    /** What was asked for; null if nothing was. */
    private final @Nullable Scope scope;

    private final @Nullable Duration period;
    /** What was asked for; null if nothing was. */
    private final @Nullable IfTaken ifTaken;

    private final @Nullable Duration longestDelay;
    private final boolean runsAgain;

    private UniqueKey(
            String key,
            @Nullable Scope scope,
            @Nullable Duration period,
            @Nullable IfTaken ifTaken,
            @Nullable Duration longestDelay,
            boolean runsAgain) {
        this.key = key;
        this.scope = scope;
        this.period = period;
        this.ifTaken = ifTaken;
        this.longestDelay = longestDelay;
        this.runsAgain = runsAgain;
        if (runsAgain && (scope == Scope.PERIOD || ifTaken == IfTaken.REJECT)) {
            throw contradiction(
                    "runAgainAfter()", scope == Scope.PERIOD ? named(scope, period) : named(IfTaken.REJECT, null));
        }
    }

    /**
     * A key that a job has until it has ended.
     *
     * @param key a name, as for a queue
     * @throws IllegalArgumentException if it is not valid
     */
    public static UniqueKey of(String key) {
        NameRules.require("Unique key", key);
        return new UniqueKey(key, null, null, null, null, false);
    }

    /**
     * Returns the same key, but a job has it only until a worker claims it for the first time.
     *
     * @throws IllegalArgumentException after {@link #forPeriod}
     */
    public UniqueKey untilStarted() {
        return with(Scope.UNTIL_STARTED, null);
    }

    /**
     * Returns the same key, but one job may run and one wait with the newest input: it runs after the first, never beside it, and whether that has completed or failed. It is a key
     * {@linkplain #untilStarted until started} that {@linkplain #replaceInput replaces the input}, of jobs in a {@linkplain NewJob#sequence(String) sequence}
     * named after type and key, with a slash between. Type and key together have 127 characters at most. With {@link #debounce}, the one that waits also gets another due time.
     *
     * @throws IllegalArgumentException after {@link #forPeriod} or {@link #reject}
     */
    public UniqueKey runAgainAfter() {
        return new UniqueKey(key, scope, period, ifTaken, longestDelay, true);
    }

    /**
     * Returns the same key, but a job has it for so long after it was enqueued, by the clock of the store, whatever becomes of the job.
     *
     * @throws IllegalArgumentException unless it is 1 ms to 100 years; it is cut to milliseconds. Also after {@link #untilStarted}, {@link #runAgainAfter} or another period
     */
    public UniqueKey forPeriod(Duration period) {
        NullRules.require(period, "period", "give the time after which the next job may be added");
        DelayRules.require(period);
        if (period.toMillis() < 1) {
            throw new IllegalArgumentException("A unique key cannot be taken for " + period + ": give 1 ms or more");
        }
        return with(Scope.PERIOD, period.truncatedTo(ChronoUnit.MILLIS));
    }

    /**
     * If the key is taken, the call is refused with {@code UniqueKeyTakenException} and adds nothing, not even its other jobs.
     *
     * @throws IllegalArgumentException after {@link #replaceInput}, {@link #debounce} or {@link #runAgainAfter}
     */
    public UniqueKey reject() {
        return with(IfTaken.REJECT, null);
    }

    /**
     * If the key is taken, the job that has it gets the input and the deadline of the new one and keeps its due time and everything else, so the
     * newest input runs when the first job was to run. Best with {@link #untilStarted}: a job that has started keeps the input it has, and then the new one is lost.
     *
     * @throws IllegalArgumentException after {@link #reject} or {@link #debounce}
     */
    public UniqueKey replaceInput() {
        return with(IfTaken.REPLACE_INPUT, null);
    }

    /**
     * If the key is taken, the job that has it gets the input and the deadline of the new one, and becomes due when the {@linkplain NewJob#delay delay} of the new
     * one has passed from now, but not later than {@code longestDelay} after it was enqueued itself. Best with {@link #untilStarted}. The delay of a job
     * must not be longer than {@code longestDelay}.
     *
     * @throws IllegalArgumentException if it is negative or longer than 100 years. Also after {@link #reject}, {@link #replaceInput} or another longest delay
     */
    public UniqueKey debounce(Duration longestDelay) {
        NullRules.require(longestDelay, "longestDelay", "give the longest time from the first job to its start");
        DelayRules.require(longestDelay);
        return with(IfTaken.DEBOUNCE, longestDelay);
    }

    private UniqueKey with(Scope wanted, @Nullable Duration itsPeriod) {
        if (scope != null && !(scope == wanted && Objects.equals(period, itsPeriod))) {
            throw contradiction(named(scope, period), named(wanted, itsPeriod));
        }
        return new UniqueKey(key, wanted, itsPeriod, ifTaken, longestDelay, runsAgain);
    }

    private UniqueKey with(IfTaken wanted, @Nullable Duration itsDelay) {
        if (ifTaken != null && !(ifTaken == wanted && Objects.equals(longestDelay, itsDelay))) {
            throw contradiction(named(ifTaken, longestDelay), named(wanted, itsDelay));
        }
        return new UniqueKey(key, scope, period, wanted, itsDelay, runsAgain);
    }

    private static String named(Object setting, @Nullable Duration its) {
        return setting + (its == null ? "" : " " + its);
    }

    private IllegalArgumentException contradiction(String one, String other) {
        return new IllegalArgumentException(
                "Unique key " + key + " cannot have both " + one + " and " + other + ": give one of them");
    }

    /** The key. */
    public String key() {
        return key;
    }

    /** Until when a job has it. */
    public Scope scope() {
        if (scope != null) {
            return scope;
        }
        return runsAgain ? Scope.UNTIL_STARTED : Scope.UNTIL_ENDED;
    }

    /** How long a job has it; null unless the scope is {@link Scope#PERIOD}. */
    public @Nullable Duration period() {
        return period;
    }

    /** What becomes of another job. */
    public IfTaken ifTaken() {
        if (ifTaken != null) {
            return ifTaken;
        }
        return runsAgain ? IfTaken.REPLACE_INPUT : IfTaken.RETURN_EXISTING;
    }

    /** How long after it was enqueued a job is due at the latest; null unless {@link #ifTaken} is {@link IfTaken#DEBOUNCE}. */
    public @Nullable Duration longestDelay() {
        return longestDelay;
    }

    /** Whether jobs of this key run one after the other: see {@link #runAgainAfter}. */
    public boolean runsAgainAfter() {
        return runsAgain;
    }

    /** Whether another job's input replaces that of the job that has the key. */
    public boolean replacesInput() {
        return ifTaken() == IfTaken.REPLACE_INPUT || ifTaken() == IfTaken.DEBOUNCE;
    }

    /** Whether another job with this key refuses its call. */
    public boolean rejects() {
        return ifTaken == IfTaken.REJECT;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof UniqueKey that
                && key.equals(that.key)
                && scope() == that.scope()
                && ifTaken() == that.ifTaken()
                && runsAgain == that.runsAgain
                && Objects.equals(period, that.period)
                && Objects.equals(longestDelay, that.longestDelay);
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, scope(), ifTaken(), period, longestDelay, runsAgain);
    }

    /** Key, scope and what happens if it is taken. */
    @Override
    public String toString() {
        return "UniqueKey " + key + " (" + named(scope(), period) + ", " + named(ifTaken(), longestDelay)
                + (runsAgain ? ", one after the other" : "") + ")";
    }
}
