package io.forthwith.schedule;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.internal.CanIgnoreReturnValue;
import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Enqueues a job again and again: at the times that a cron text names, or at equal distances.
 *
 * <pre>{@code
 * Schedule nightly = Schedule.of("nightly-report", REPORT, new Report("daily"))
 *         .cron("0 3 * * *")
 *         .zone(ZoneId.of("Europe/Berlin"));
 * }</pre>
 *
 * <p>Every nominal time fires exactly once, on whatever worker, or is counted as skipped. The clock of the store decides when a time
 * has come. Immutable: each method returns a new schedule.
 */
@CheckReturnValue
public final class Schedule {
    static final Duration SHORTEST_PERIOD = Duration.ofSeconds(1);
    static final Duration LONGEST_PERIOD = Duration.ofDays(3_660);
    private static final Duration LONGEST_JITTER = Duration.ofDays(1);
    private static final int MOST_PREVIEWED = 1_000;

    private final String name;
    private final NewJob job;
    private final @Nullable String cron;
    private final @Nullable Duration period;
    private final ZoneId zone;
    private final @Nullable ClockGap gap;
    private final @Nullable ClockOverlap overlap;
    private final CatchUp catchUp;
    private final IfRunning ifRunning;
    private final @Nullable Duration jitter;

    private Schedule(Draft draft) {
        this.name = draft.name;
        this.job = draft.job;
        this.cron = draft.cron;
        this.period = draft.period;
        this.zone = draft.zone;
        this.gap = draft.gap;
        this.overlap = draft.overlap;
        this.catchUp = draft.catchUp;
        this.ifRunning = draft.ifRunning;
        this.jitter = draft.jitter;
    }

    /**
     * A schedule without times: call {@link #cron} or {@link #every} next.
     *
     * @param name 1 to 128 characters, as for a job type; one schedule of a store has it
     * @param type the type of its jobs
     * @param input the input of each of its jobs
     * @throws IllegalArgumentException if the name is not valid
     */
    public static <I> Schedule of(String name, JobType<I> type, I input) {
        return new Schedule(new Draft(name, NewJob.of(type, input)));
    }

    /**
     * Makes a schedule of jobs without input, and without times: call {@link #cron} or {@link #every} next.
     *
     * @throws IllegalArgumentException if the name is not valid, or the type has an input
     */
    public static Schedule of(String name, JobType<Void> type) {
        return new Schedule(new Draft(name, NewJob.of(type)));
    }

    /**
     * Fires at the times that a cron text names: {@code 0 3 * * *} is 03:00 every day, {@code @hourly} every full hour. Five fields, or six with
     * the second in front. The documentation has all forms.
     *
     * @throws IllegalArgumentException if the text cannot be read or names no day that ever comes, or {@link #every} was called
     */
    public Schedule cron(String text) {
        NullRules.require(text, "cron", "give a cron text, for example \"0 3 * * *\"");
        if (period != null) {
            throw twoTimes();
        }
        String read = CronExpression.parse(text).toString();
        return with(draft -> draft.cron = read);
    }

    /**
     * Fires at equal distances, counted from the moment at which the schedule is first stored. The first run comes after one period.
     *
     * @throws IllegalArgumentException unless it is 1 second to 3,660 days, in whole milliseconds, or if {@link #cron} was called
     */
    public Schedule every(Duration distance) {
        NullRules.require(
                distance, "distance", "give the distance between two runs, for example Duration.ofMinutes(15)");
        if (cron != null) {
            throw twoTimes();
        }
        if (distance.compareTo(SHORTEST_PERIOD) < 0
                || distance.compareTo(LONGEST_PERIOD) > 0
                || !distance.equals(distance.truncatedTo(ChronoUnit.MILLIS))) {
            throw new IllegalArgumentException("The period " + distance + " of schedule " + name
                    + " is not allowed: 1 second to 3660 days, in whole milliseconds");
        }
        return with(draft -> draft.period = distance);
    }

    private IllegalArgumentException twoTimes() {
        return new IllegalArgumentException(
                "Schedule " + name + " cannot have both a cron text and a period: make two schedules");
    }

    /** The time zone of the cron text. By default UTC, whatever the zone of the machine. */
    public Schedule zone(ZoneId other) {
        NullRules.require(other, "zone", "leave zone() out for UTC");
        return with(draft -> draft.zone = other);
    }

    /**
     * What becomes of times that a clock leaves out when it is set forward. By default {@link ClockGap#SHIFT}, and {@link ClockGap#SKIP} for a
     * cron text that names all 24 hours.
     */
    public Schedule gap(ClockGap other) {
        NullRules.require(other, "gap", "leave gap() out for the default");
        return with(draft -> draft.gap = other);
    }

    /**
     * What becomes of times that a clock shows twice when it is set back. By default {@link ClockOverlap#FIRST}, and
     * {@link ClockOverlap#BOTH} for a cron text that names all 24 hours.
     */
    public Schedule overlap(ClockOverlap other) {
        NullRules.require(other, "overlap", "leave overlap() out for the default");
        return with(draft -> draft.overlap = other);
    }

    /** What becomes of times that pass while no worker is alive. By default {@link CatchUp#LATEST}. */
    public Schedule catchUp(CatchUp other) {
        NullRules.require(other, "catchUp", "leave catchUp() out for LATEST");
        return with(draft -> draft.catchUp = other);
    }

    /** What happens when an earlier run is still open. By default {@link IfRunning#SKIP}. */
    public Schedule ifRunning(IfRunning other) {
        NullRules.require(other, "ifRunning", "leave ifRunning() out for SKIP");
        return with(draft -> draft.ifRunning = other);
    }

    /**
     * Delays each run by up to this time, so that not all schedules begin at the full hour. How long depends on the name and the nominal time only.
     * It is cut to
     * milliseconds. By default runs begin at once.
     *
     * @throws IllegalArgumentException unless it is zero to 1 day
     */
    public Schedule jitter(Duration longest) {
        NullRules.require(longest, "jitter", "leave jitter() out, then runs begin at once");
        if (longest.isNegative() || longest.compareTo(LONGEST_JITTER) > 0) {
            throw new IllegalArgumentException(
                    "The jitter " + longest + " of schedule " + name + " is out of range: zero to 1 day");
        }
        Duration kept = longest.truncatedTo(ChronoUnit.MILLIS);
        return with(draft -> draft.jitter = kept.isZero() ? null : kept);
    }

    /**
     * Changes the jobs of this schedule: {@code schedule.job(job -> job.queue("reports").priority(7))}.
     *
     * @throws IllegalArgumentException if the job gets a delay, a unique key, a sequence, a parent, predecessors, a trace, or is an open group: each run is a job
     *     of its own, and the times and {@link #ifRunning} decide when it runs
     */
    public Schedule job(UnaryOperator<NewJob> change) {
        NullRules.require(
                change, "job", "leave job() out, or give a function, for example job -> job.queue(\"reports\")");
        NewJob changed = NullRules.require(
                change.apply(job), "job", "return the job that the function was given, or a changed one");
        if (!changed.type().equals(job.type())) {
            throw new IllegalArgumentException("The function returned another job than that of schedule " + name
                    + ": return the one it was given, or a changed one");
        }
        require(changed.delay().isZero(), "a delay", "the times decide when it runs; use jitter()");
        require(changed.uniqueKey() == null, "a unique key", "ifRunning() decides what happens to a second one");
        require(
                changed.sequence() == null,
                "a sequence",
                "ifRunning() decides what happens while another run is open; its processor can enqueue jobs of a sequence");
        require(
                changed.parentId() == null && changed.predecessors().isEmpty() && changed.isSealed(),
                "relatives",
                "enqueue a family from its processor");
        require(changed.traceContext() == null, "a trace", "each run begins a trace of its own");
        return with(draft -> draft.job = changed);
    }

    private void require(boolean isAllowed, String what, String wayOut) {
        if (!isAllowed) {
            throw new IllegalArgumentException("A job of schedule " + name + " cannot have " + what + ": " + wayOut);
        }
    }

    /**
     * Returns this schedule if it can be stored.
     *
     * @throws IllegalArgumentException if it has no times, or settings that contradict each other
     */
    @CanIgnoreReturnValue
    public Schedule requireComplete() {
        if (cron == null && period == null) {
            throw new IllegalArgumentException("Schedule " + name + " has no times: call cron() or every()");
        }
        if (period != null && (gap != null || overlap != null)) {
            throw new IllegalArgumentException("Schedule " + name
                    + " has a period, which no change of clocks affects: leave gap() and overlap() out");
        }
        if (catchUp.firesMany() && ifRunning != IfRunning.ALLOW) {
            throw new IllegalArgumentException("Schedule " + name + " cannot catch up " + catchUp + " with " + ifRunning
                    + ", which would do fewer: use ifRunning(ALLOW), or catchUp(LATEST)");
        }
        return this;
    }

    /**
     * The first nominal times after an instant, to see what a schedule does. A period is counted from {@code after}.
     *
     * @param atMost how many, 1 to 1,000; fewer if the times end
     * @throws IllegalArgumentException if it has no times, or {@code atMost} is out of range
     */
    public List<Instant> next(Instant after, int atMost) {
        NullRules.require(after, "after", "give Instant.now() for the times to come");
        requireComplete();
        if (atMost < 1 || atMost > MOST_PREVIEWED) {
            throw new IllegalArgumentException("Cannot show " + atMost + " times: 1 to " + MOST_PREVIEWED);
        }
        FiringTimes times = cron != null
                ? new CronTimes(CronExpression.parse(cron), zone, gap, overlap)
                : new PeriodTimes(after, Objects.requireNonNull(period));
        List<Instant> next = new ArrayList<>();
        for (Instant at = times.after(after); at != null && next.size() < atMost; at = times.after(at)) {
            next.add(at);
        }
        return List.copyOf(next);
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** What each job is like. Its id means nothing. */
    public NewJob job() {
        return job;
    }

    /** The cron text; null if there is none. */
    public @Nullable String cron() {
        return cron;
    }

    /** The distance between two runs; null if there is none. */
    public @Nullable Duration period() {
        return period;
    }

    /** The time zone of the cron text. */
    public ZoneId zone() {
        return zone;
    }

    /** What becomes of times that a clock leaves out; null for the default. */
    public @Nullable ClockGap gap() {
        return gap;
    }

    /** What becomes of times that a clock shows twice; null for the default. */
    public @Nullable ClockOverlap overlap() {
        return overlap;
    }

    /** What becomes of times that pass while no worker is alive. */
    public CatchUp catchUp() {
        return catchUp;
    }

    /** What happens when an earlier run is still open. */
    public IfRunning ifRunning() {
        return ifRunning;
    }

    /** The longest delay; null for none. */
    public @Nullable Duration jitter() {
        return jitter;
    }

    /** Name and times, without the input. */
    @Override
    public String toString() {
        return "Schedule " + name + (cron != null ? " at " + cron + " in " + zone : " every " + period);
    }

    private Schedule with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new Schedule(draft);
    }

    /** The values. They change only until they are given to a new schedule. */
    private static final class Draft {
        private final String name;
        private NewJob job;
        private @Nullable String cron;
        private @Nullable Duration period;
        private ZoneId zone = ZoneId.of("UTC");
        private @Nullable ClockGap gap;
        private @Nullable ClockOverlap overlap;
        private CatchUp catchUp = CatchUp.LATEST;
        private IfRunning ifRunning = IfRunning.SKIP;
        private @Nullable Duration jitter;

        private Draft(String name, NewJob job) {
            this.name = NameRules.requireOwn("Schedule name", name);
            this.job = job;
        }

        private Draft(Schedule from) {
            this(from.name, from.job);
            this.cron = from.cron;
            this.period = from.period;
            this.zone = from.zone;
            this.gap = from.gap;
            this.overlap = from.overlap;
            this.catchUp = from.catchUp;
            this.ifRunning = from.ifRunning;
            this.jitter = from.jitter;
        }
    }
}
