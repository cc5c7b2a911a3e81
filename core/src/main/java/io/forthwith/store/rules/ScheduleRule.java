package io.forthwith.store.rules;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.internal.FiringTimes;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.ScheduledRunIds;
import io.forthwith.internal.StoredTextReader;
import io.forthwith.internal.StringsAsJson;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.CatchUp;
import io.forthwith.schedule.IfRunning;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.schedule.StoredSchedule.Progress;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ScheduleStore;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a schedule when it is due, and when somebody runs it by hand. Pure functions, which a store calls in a transaction that has
 * locked the row of the schedule.
 *
 * <p>The next time follows from the nominal times, never from the moment, so no time is lost or fires twice however late a worker comes and
 * whatever clock it has.
 */
public final class ScheduleRule {
    /** A schedule that cannot be read is looked at again after this time: somebody may have mended it. */
    private static final Duration UNREADABLE = Duration.ofMinutes(1);

    private static final int LONGEST_ERROR = 2_000;
    /** Enough for three years without a worker, of a schedule of one second. */
    private static final int MOST_ROUNDS = 1_000;

    private ScheduleRule() {}

    /**
     * Decides about a schedule whose next time may have come. If its texts have changed since the next time was computed, it is computed anew, from now
     * on; the due times of the old texts do not fire.
     *
     * @return the schedule as it is from now on, the jobs to add, and how many these are
     */
    public static ScheduleStore.Decision<Integer> fire(StoredSchedule schedule, ScheduleStore.Facts facts) {
        try {
            return decided(schedule, facts);
        } catch (ArithmeticException | DateTimeException outOfRange) {
            return ScheduleStore.Decision.of(
                    0, schedule.with(LibraryOnly.KEY, unreadable(schedule.progress(), facts.now(), outOfRange)));
        }
    }

    private static ScheduleStore.Decision<Integer> decided(StoredSchedule schedule, ScheduleStore.Facts facts) {
        Instant now = facts.now();
        Progress before = schedule.progress();
        Plan plan;
        try {
            plan = Plan.of(schedule.definition(), anchor(schedule, now));
        } catch (IllegalArgumentException unreadable) {
            return ScheduleStore.Decision.of(0, schedule.with(LibraryOnly.KEY, unreadable(before, now, unreadable)));
        }
        if (!plan.isOf(before)) {
            return ScheduleStore.Decision.of(0, schedule.with(LibraryOnly.KEY, plan.begun(before, now)));
        }
        DueTimes due = DueTimes.at(now, Objects.requireNonNull(before.nextAt()), plan.times, plan.catchUp);
        if (schedule.isHeld()) {
            return ScheduleStore.Decision.of(
                    0,
                    schedule.with(
                            LibraryOnly.KEY,
                            moved(before, due, new Runs(before), due.fire().size())));
        }
        Runs runs = new Runs(before);
        long skipped = 0;
        try {
            runs.readOpen(facts);
            for (Instant nominal : due.fire()) {
                skipped += runs.add(
                                schedule,
                                plan,
                                ScheduledRunIds.of(schedule.name(), schedule.creationId(), nominal),
                                nominal,
                                now)
                        ? 0
                        : 1;
            }
        } catch (IllegalArgumentException unreadable) {
            return ScheduleStore.Decision.of(
                    0,
                    schedule.with(
                            LibraryOnly.KEY,
                            moved(before, due, new Runs(before), due.fire().size())
                                    .withError(LibraryOnly.KEY, text(unreadable))));
        }
        return new ScheduleStore.Decision<>(
                runs.jobs.size(),
                schedule.with(LibraryOnly.KEY, moved(before, due, runs, skipped)),
                runs.jobs,
                runs.cancelled);
    }

    /**
     * The same for a schedule whose jobs the store cannot add: the due times are skipped, and the reason is kept.
     *
     * @param reason for operators
     */
    public static ScheduleStore.Decision<Integer> cannotFire(
            StoredSchedule schedule, ScheduleStore.Facts facts, String reason) {
        ScheduleStore.Decision<Integer> decision = fire(schedule, facts);
        Progress before = schedule.progress();
        Progress after = Objects.requireNonNull(decision.row()).progress();
        Progress skipped = new Progress(
                LibraryOnly.KEY,
                after.anchor(),
                after.fingerprint(),
                after.nextAt(),
                before.lastFiredAt(),
                before.fired(),
                after.skipped() + after.fired() - before.fired(),
                SafeText.block(reason, LONGEST_ERROR),
                before.runs());
        return ScheduleStore.Decision.of(0, schedule.with(LibraryOnly.KEY, skipped));
    }

    /** A schedule that is not paused any more. Times that have passed meanwhile are skipped. */
    public static StoredSchedule resumed(StoredSchedule schedule, ScheduleStore.Facts facts) {
        StoredSchedule held = schedule;
        for (int round = 0; round < MOST_ROUNDS && schedule.pause() != null; round++) {
            Instant next = held.progress().nextAt();
            if (next != null && next.isAfter(facts.now())) {
                break;
            }
            held = Objects.requireNonNull(fire(held, facts).row());
        }
        return held.with(LibraryOnly.KEY, (@Nullable Pause) null);
    }

    /**
     * Runs a schedule now, also if it is paused. Its times stay as they are.
     *
     * @param id the id of the new run; a call that is repeated gives the same
     * @return the id of the run, or of the open run that stands for it because the schedule allows no other
     * @throws IllegalArgumentException if the schedule cannot be read
     */
    public static ScheduleStore.Decision<UUID> runNow(StoredSchedule schedule, ScheduleStore.Facts facts, UUID id) {
        Progress before = schedule.progress();
        Plan plan = Plan.of(schedule.definition(), anchor(schedule, facts.now()));
        if (before.runs().contains(id)) {
            return ScheduleStore.Decision.of(id, schedule);
        }
        Runs runs = new Runs(before);
        runs.readOpen(facts);
        if (!runs.add(schedule, plan, id, null, facts.now())) {
            return ScheduleStore.Decision.of(runs.open.get(runs.open.size() - 1), schedule);
        }
        StoredSchedule after =
                schedule.with(LibraryOnly.KEY, begun(plan, before, facts.now()).withRuns(LibraryOnly.KEY, runs.open));
        return new ScheduleStore.Decision<>(id, after, runs.jobs, runs.cancelled);
    }

    /**
     * Enqueues the runs of nominal times that are over. A time that has a run already, and whose job is still kept, does not run again.
     *
     * @param from the first time
     * @param to the end, not included; not after now
     * @param atMost how many times at the most
     * @return the times, the oldest first; if they are {@code atMost}, there may be more
     * @throws IllegalArgumentException if {@code to} is after now, or the schedule cannot be read or does not allow runs beside each other
     */
    public static ScheduleStore.Decision<List<Instant>> backfill(
            StoredSchedule schedule, ScheduleStore.Facts facts, Instant from, Instant to, int atMost) {
        if (to.isAfter(facts.now())) {
            throw new IllegalArgumentException("A backfill of schedule " + schedule.name() + " up to " + to
                    + " would run times before they come; the store's clock says " + facts.now());
        }
        Plan plan = Plan.of(schedule.definition(), anchor(schedule, facts.now()));
        if (plan.ifRunning != IfRunning.ALLOW) {
            throw new IllegalArgumentException("Schedule " + schedule.name() + " has ifRunning(" + plan.ifRunning
                    + "), with which a backfill would not run every time: put it with ifRunning(ALLOW) first");
        }
        Runs runs = new Runs(schedule.progress());
        List<Instant> times = between(plan.times, from, to, atMost);
        for (Instant at : times) {
            runs.add(schedule, plan, ScheduledRunIds.of(schedule.name(), schedule.creationId(), at), at, facts.now());
        }
        StoredSchedule after = schedule.with(LibraryOnly.KEY, begun(plan, schedule.progress(), facts.now()));
        return new ScheduleStore.Decision<>(times, after, runs.jobs, List.of());
    }

    /** Up to so many times of a schedule, the oldest first: from a time on until another one, which is none of them. */
    public static List<Instant> between(FiringTimes times, Instant from, Instant to, int atMost) {
        List<Instant> found = new ArrayList<>();
        for (Instant at = times.after(from.minusNanos(1));
                at != null && at.isBefore(to) && found.size() < atMost;
                at = times.after(at)) {
            found.add(at);
        }
        return List.copyOf(found);
    }

    /**
     * A schedule with another definition, or a new one. Its error is gone. If it has other times, these begin now; times of the old definition that are due
     * and have not fired do not fire.
     *
     * @param schedule the schedule so far; null for a new one
     * @param creationId of a new one
     * @throws IllegalArgumentException if the definition cannot be read
     */
    static StoredSchedule defined(
            @Nullable StoredSchedule schedule,
            String name,
            UUID creationId,
            ScheduleDefinition definition,
            Instant now) {
        StoredSchedule row = schedule != null
                ? schedule.with(LibraryOnly.KEY, definition)
                : new StoredSchedule(LibraryOnly.KEY, name, creationId, now, definition, null, null, Progress.NONE);
        return row.with(
                LibraryOnly.KEY,
                begun(Plan.of(definition, anchor(row, now)), row.progress(), now)
                        .withError(LibraryOnly.KEY, null));
    }

    /**
     * The next nominal times of a schedule.
     *
     * @throws IllegalArgumentException if the definition cannot be read
     */
    public static List<Instant> next(StoredSchedule schedule, Instant now, int atMost) {
        Plan plan = Plan.of(schedule.definition(), anchor(schedule, now));
        List<Instant> times = new ArrayList<>();
        Instant planned = plan.isOf(schedule.progress()) ? schedule.progress().nextAt() : null;
        for (Instant at = planned != null ? planned : plan.times.after(now);
                at != null && times.size() < atMost && !at.isAfter(FiringTimes.LATEST);
                at = plan.times.after(at)) {
            times.add(at);
        }
        return List.copyOf(times);
    }

    /** With a next time: a row that was made by SQL is written with its anchor and its id, so that a call that is repeated finds both. */
    private static Progress begun(Plan plan, Progress before, Instant now) {
        return plan.isOf(before) ? before : plan.begun(before, now);
    }

    private static Instant anchor(StoredSchedule schedule, Instant now) {
        Instant stored = schedule.progress().anchor();
        return stored != null ? stored : now;
    }

    private static Progress moved(Progress before, DueTimes due, Runs runs, long skipped) {
        int fired = runs.jobs.size();
        return new Progress(
                LibraryOnly.KEY,
                before.anchor(),
                before.fingerprint(),
                due.next() != null ? due.next() : FiringTimes.LATEST,
                fired == 0 ? before.lastFiredAt() : runs.newest,
                before.fired() + fired,
                before.skipped() + due.skipped() + skipped,
                due.fire().isEmpty() ? before.error() : null,
                runs.open);
    }

    private static Progress unreadable(Progress before, Instant now, RuntimeException why) {
        return before.begun(LibraryOnly.KEY, before.anchor(), null, now.plus(UNREADABLE))
                .withError(LibraryOnly.KEY, text(why));
    }

    private static String text(RuntimeException why) {
        return SafeText.block(why.getMessage(), LONGEST_ERROR);
    }

    /** The texts of a definition, read. */
    private record Plan(
            ScheduleDefinition definition,
            String fingerprint,
            Instant anchor,
            FiringTimes times,
            CatchUp catchUp,
            IfRunning ifRunning,
            @Nullable Duration jitter) {
        static Plan of(ScheduleDefinition definition, Instant anchor) {
            IfRunning ifRunning = Objects.requireNonNull(
                    StoredTextReader.constant(IfRunning.class, "If running", definition.ifRunning()));
            CatchUp catchUp = CatchUp.parse(definition.catchUp());
            if (catchUp.firesMany() && ifRunning != IfRunning.ALLOW) {
                throw new IllegalArgumentException("It cannot catch up " + catchUp + " with " + ifRunning
                        + ", which would do fewer: use ALLOW, or LATEST");
            }
            return new Plan(
                    definition,
                    definition.fingerprint(),
                    anchor,
                    definition.times(LibraryOnly.KEY, anchor),
                    catchUp,
                    ifRunning,
                    definition.jitter() == null
                            ? null
                            : StoredTextReader.duration(
                                    "Jitter", definition.jitter(), Duration.ofMillis(1), Duration.ofDays(1)));
        }

        /** Whether the next time of this progress was computed from these texts. */
        boolean isOf(Progress progress) {
            return progress.nextAt() != null && fingerprint.equals(progress.fingerprint());
        }

        /** The times begin now. */
        Progress begun(Progress before, Instant now) {
            Instant first = times.after(now);
            return before.begun(
                    LibraryOnly.KEY,
                    definition.period() == null ? null : anchor,
                    fingerprint,
                    first != null ? first : FiringTimes.LATEST);
        }
    }

    /** The open runs of a schedule, and those that a decision adds. */
    private static final class Runs {
        private final List<UUID> open;
        private final List<EncodedJob> jobs = new ArrayList<>();
        private final List<UUID> cancelled = new ArrayList<>();
        private @Nullable Instant newest;

        private Runs(Progress progress) {
            this.open = new ArrayList<>(progress.runs());
        }

        private void readOpen(ScheduleStore.Facts facts) {
            Set<UUID> stillOpen = open.isEmpty() ? Set.of() : new HashSet<>(facts.open(open));
            open.retainAll(stillOpen);
        }

        /** Adds a run, unless the open ones are in its way. */
        private boolean add(StoredSchedule schedule, Plan plan, UUID id, @Nullable Instant nominal, Instant now) {
            boolean isInTheWay = (plan.ifRunning == IfRunning.SKIP && !open.isEmpty())
                    || (plan.ifRunning == IfRunning.BUFFER_ONE && open.size() > 1);
            if (isInTheWay) {
                return false;
            }
            NewJob job = job(schedule.definition()).id(id).delay(delay(schedule, plan, nominal, now));
            if (plan.ifRunning != IfRunning.ALLOW) {
                // So that two never overlap: a run that was asked to stop may take its time.
                for (UUID before : open) {
                    job = job.after(before).onPredecessorFailure(PredecessorFailurePolicy.RUN);
                }
            }
            if (plan.ifRunning == IfRunning.CANCEL_RUNNING) {
                cancelled.addAll(open);
            }
            jobs.add(new EncodedJob(job, schedule.definition().input()));
            open.add(id);
            newest = nominal;
            return true;
        }

        private static Duration delay(StoredSchedule schedule, Plan plan, @Nullable Instant nominal, Instant now) {
            if (nominal == null || plan.jitter == null) {
                return Duration.ZERO;
            }
            Instant begin =
                    nominal.plus(ScheduledRunIds.jitter(schedule.name(), schedule.creationId(), nominal, plan.jitter));
            return begin.isAfter(now) ? Duration.between(now, begin) : Duration.ZERO;
        }

        private static Map<String, String> metadata(String json) {
            try {
                return StringsAsJson.parse(json);
            } catch (IllegalArgumentException unreadable) {
                throw new IllegalArgumentException(
                        "Its metadata cannot be read: " + unreadable.getMessage(), unreadable);
            }
        }

        private static List<JobLimit> limits(@Nullable String text) {
            try {
                return JobLimit.parse(text);
            } catch (IllegalArgumentException unreadable) {
                throw new IllegalArgumentException("Its limits cannot be read: " + unreadable.getMessage(), unreadable);
            }
        }

        /** The input is JSON already. */
        private static NewJob job(ScheduleDefinition definition) {
            NewJob job = NewJob.of(JobType.of(definition.type(), Object.class), definition.input())
                    .queue(definition.queue())
                    .priority(definition.priority());
            if (definition.userId() != null) {
                job = job.user(definition.userId());
            }
            if (definition.projectId() != null) {
                job = job.project(definition.projectId());
            }
            if (definition.maxAttempts() != null) {
                job = job.maxAttempts(definition.maxAttempts());
            }
            if (definition.expiresAfter() != null) {
                job = job.expiresAfter(definition.expiresAfter());
            }
            if (definition.timeLimit() != null) {
                job = job.timeLimit(definition.timeLimit());
            }
            if (definition.locale() != null) {
                job = job.locale(definition.locale());
            }
            if (definition.metadata() != null) {
                for (Map.Entry<String, String> each :
                        metadata(definition.metadata()).entrySet()) {
                    job = job.metadata(each.getKey(), each.getValue());
                }
            }
            for (JobLimit limit : limits(definition.limits())) {
                LimitKey key = limit.key();
                job = key.isFair() ? job.fairBy(key.key()) : job.limit(key.name(), key.key(), limit.cost());
            }
            return job;
        }
    }
}
