package io.forthwith.limit;

import io.forthwith.annotation.Incubating;
import io.forthwith.internal.CanIgnoreReturnValue;
import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many jobs of each key may run at a time, or start in a time, in all processes together. Immutable: every setting returns a new value.
 *
 * <pre>{@code
 * Limit perTenant = Limit.of("tenant").concurrency(3).rate(100, Duration.ofMinutes(1));
 * jobs.enqueue(NewJob.of(RENDER, shot).limit("tenant", tenantId));
 * }</pre>
 *
 * <p>A limit that sets neither holds nobody up.
 */
@CheckReturnValue
public final class Limit {
    private static final String NO_NAME = "give the name of the limit, such as \"tenant\"";
    private static final int MOST = 1_000_000;
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int STARTS_PER_BURST = 50;
    private static final int MOST_WEIGHT = 1_000;

    private final String name;
    private final @Nullable Integer concurrency;
    private final @Nullable Integer starts;
    private final @Nullable Duration period;
    private final int burst;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public Limit(
            LibraryOnly by,
            String name,
            @Nullable Integer concurrency,
            @Nullable Integer starts,
            @Nullable Duration period,
            int burst) {
        Objects.requireNonNull(by, "by");
        NullRules.require(name, "name", NO_NAME);
        if (name.startsWith(LimitKey.TYPE + ":")) {
            NameRules.require("Job type", name.substring(LimitKey.TYPE.length() + 1));
        } else {
            requireName(name);
        }
        if (name.equals(LimitKey.SEQUENCE) && (starts != null || concurrency == null || concurrency != 1)) {
            throw new IllegalArgumentException("The limit " + name
                    + " is that of sequences, whose jobs run one at a time: give yours another name");
        }
        if (concurrency != null && (concurrency < 1 || concurrency > MOST)) {
            throw new IllegalArgumentException("Concurrency " + concurrency + " of the limit " + name
                    + " is out of range: 1 to " + MOST + "; to let nothing run, pause the key");
        }
        if ((starts == null) != (period == null)) {
            throw new IllegalArgumentException("The rate of the limit " + name + " needs a number and a period");
        }
        if (starts != null && (starts < 1 || starts > MOST)) {
            throw new IllegalArgumentException("Rate " + starts + " of the limit " + name + " is out of range: 1 to "
                    + MOST + "; to let nothing run, pause the key");
        }
        if (period != null && (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST) > 0)) {
            throw new IllegalArgumentException(
                    "Period " + period + " of the limit " + name + " is out of range: 1 ms to 366 days");
        }
        if (name.equals(LimitKey.FAIR)) {
            requireWeight(concurrency, starts, burst);
        } else if (starts == null ? burst != 0 : burst < 1 || burst > starts) {
            throw new IllegalArgumentException("Burst " + burst + " of the limit " + name
                    + " is out of range: 1 to the number of its rate, and 0 without a rate");
        }
        this.name = name;
        this.concurrency = concurrency;
        this.starts = starts;
        this.period = period;
        this.burst = burst;
    }

    /** The name, 1 to 64 characters of those of a queue, without a colon; {@code type:} and a type for a limit on that type. */
    public String name() {
        return name;
    }

    /** How many jobs of a key may run at a time; null for any number. */
    public @Nullable Integer concurrency() {
        return concurrency;
    }

    /** How many may start in a {@code period}, retries included; null for any number. */
    public @Nullable Integer starts() {
        return starts;
    }

    /** The time that the rate counts; null without a rate. */
    public @Nullable Duration period() {
        return period;
    }

    /** How many of the starts may come at one moment; 0 without a rate. Of {@value LimitKey#FAIR} the weight. */
    @Incubating
    public int burst() {
        return burst;
    }

    /**
     * A limit that sets nothing yet.
     *
     * @throws IllegalArgumentException if the name is not valid
     */
    public static Limit of(String name) {
        String valid = requireName(NullRules.require(name, "name", NO_NAME));
        return valid.equals(LimitKey.FAIR) ? weight(1) : new Limit(LibraryOnly.KEY, valid, null, null, null, 0);
    }

    /**
     * What a key of jobs that are {@linkplain io.forthwith.NewJob#fairBy fair by} it gets: of two keys with waiting jobs, one of weight 3 starts three jobs while one of
     * weight 1 starts one. Set it for a key by {@code jobs.limits().override}; without it, the weight is 1.
     *
     * @throws IllegalArgumentException if it is out of range, 1 to 1,000
     */
    @Incubating
    public static Limit weight(int weight) {
        return new Limit(LibraryOnly.KEY, LimitKey.FAIR, null, null, null, weight);
    }

    /**
     * Checks that it can hold for all keys of its name.
     *
     * @return itself
     * @throws IllegalArgumentException if it is a {@linkplain #weight weight}, which each key has for itself
     */
    @CanIgnoreReturnValue
    public Limit requireDeclarable() {
        if (name.equals(LimitKey.FAIR)) {
            throw new IllegalArgumentException("The limit " + LimitKey.FAIR
                    + " needs no declaration: every key has the weight 1; set that of one key by limits().override(LimitKey.fairBy(key), Limit.weight("
                    + burst + "))");
        }
        return this;
    }

    private static void requireWeight(@Nullable Integer concurrency, @Nullable Integer starts, int weight) {
        if (concurrency != null || starts != null) {
            throw new IllegalArgumentException(
                    "The limit " + LimitKey.FAIR
                            + " only has a weight, by Limit.weight(): for a concurrency or a rate, use a limit of another name");
        }
        if (weight < 1 || weight > MOST_WEIGHT) {
            throw new IllegalArgumentException("Weight " + weight + " is out of range: 1 to " + MOST_WEIGHT
                    + "; to let nothing run, pause the key");
        }
    }

    /** A limit on all jobs of a type, also on those that plain SQL adds. It sets nothing yet. */
    public static Limit onType(String type) {
        NullRules.require(type, "type", "give the name of a job type");
        return new Limit(LibraryOnly.KEY, LimitKey.ofType(type).limitName(), null, null, null, 0);
    }

    /**
     * How many jobs of a key may run at a time.
     *
     * @throws IllegalArgumentException if it is out of range, 1 to 1,000,000
     */
    public Limit concurrency(int concurrency) {
        return new Limit(LibraryOnly.KEY, name, concurrency, starts, period, burst);
    }

    /**
     * How many jobs of a key may start in any time of this length, retries included. A start counts as the {@linkplain JobLimit#cost cost} of the job. A fiftieth
     * of them, and one at least, may start at one moment ({@link #burst(int)}), the others follow evenly.
     *
     * @throws IllegalArgumentException if one is out of range, 1 to 1,000,000 and 1 ms to 366 days
     */
    public Limit rate(int starts, Duration period) {
        NullRules.require(period, "period", "leave rate() out for a limit without a rate");
        return new Limit(LibraryOnly.KEY, name, concurrency, starts, period, Math.max(1, starts / STARTS_PER_BURST));
    }

    /**
     * How many of the starts of the rate may come at one moment. After a burst of this size the others follow at a rate of so many fewer, less one:
     * otherwise some time of this length would see more starts than the rate allows.
     *
     * @throws IllegalArgumentException if there is no rate, or if it is out of range, 1 to the number of the rate
     */
    @Incubating
    public Limit burst(int burst) {
        if (starts == null) {
            throw new IllegalArgumentException(
                    "The limit " + name + " has no rate, so it has no burst: call rate() first");
        }
        return new Limit(LibraryOnly.KEY, name, concurrency, starts, period, burst);
    }

    /** The time between two starts that follow evenly; null without a rate. */
    public @Nullable Duration interval() {
        if (starts == null || period == null) {
            return null;
        }
        long between = starts - burst + 1L;
        // Rounded up to a microsecond, as stores keep times: a shorter interval would let one start too many.
        long micros = (period.toNanos() + 999) / 1_000;
        return Duration.of((micros + between - 1) / between, ChronoUnit.MICROS);
    }

    @CanIgnoreReturnValue
    static String requireName(String name) {
        NameRules.requireShort("Limit", name);
        if (name.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "Limit \"" + name + "\" has a colon: that separates the name of a limit from its key");
        }
        return name;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Limit that
                && Objects.equals(name, that.name)
                && Objects.equals(concurrency, that.concurrency)
                && Objects.equals(starts, that.starts)
                && Objects.equals(period, that.period)
                && burst == that.burst;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, concurrency, starts, period, burst);
    }

    @Override
    public String toString() {
        return "Limit[name=" + name + ", concurrency=" + concurrency + ", starts=" + starts + ", period=" + period
                + ", burst=" + burst + "]";
    }
}
