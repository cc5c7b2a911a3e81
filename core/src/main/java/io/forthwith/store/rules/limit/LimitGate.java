package io.forthwith.store.rules.limit;

import io.forthwith.Job;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitKeyRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which jobs a claim may start. A store gives it the keys that it has locked, each with the number of jobs that run under it, asks it for
 * one job after the other, and writes the {@linkplain #changed keys that have changed}. Not thread-safe.
 *
 * <p>A rate is kept as one time: until when the starts so far would use it up if they followed evenly. It is the generic cell rate algorithm.
 */
public final class LimitGate {
    private static final Duration HELD_UP = Duration.ofMinutes(1);

    private Instant now;
    private final Map<LimitKey, Key> keys = new HashMap<>();

    /** A gate that knows no keys yet. */
    public LimitGate(Instant now) {
        this.now = Objects.requireNonNull(now, "now");
    }

    /**
     * Why a job does not start now.
     *
     * @param key the first of its keys that holds it up
     * @param until when its rate, or the end of its rest, lets the job start, if nothing else changes; null if it waits for a permit, the end of a pause, or a declaration
     */
    public record Refusal(LimitKey key, @Nullable Instant until) {}

    /** The limits of a pending job, with that of its type if one is declared; none for an undo job. Those that {@linkplain JobLimit#UNREADABLE cannot be read} stay as they are. */
    public static List<JobLimit> limits(Job job, Predicate<String> isDeclared) {
        return limits(job.type(), job.isUndo(), job.limits(), isDeclared);
    }

    /**
     * The same without the whole job.
     *
     * @param limits those that are stored
     */
    public static List<JobLimit> limits(
            String type, boolean isUndo, List<JobLimit> limits, Predicate<String> isDeclared) {
        if (isUndo) {
            return List.of();
        }
        if (JobLimit.areUnreadable(limits)) {
            return limits;
        }
        boolean isLimitedType = isDeclared.test(LimitKey.TYPE + ":" + type);
        if (!isLimitedType
                || limits.stream().anyMatch(limit -> limit.key().name().equals(LimitKey.TYPE))) {
            return limits;
        }
        List<JobLimit> all = new ArrayList<>(limits);
        all.add(new JobLimit(LimitKey.ofType(type), 1));
        return JobLimit.sorted(all);
    }

    /**
     * Moves on to a later time, before the first start. Whoever waits between a look at the time and the locks of keys has to: others may have started jobs of
     * these keys meanwhile, and what they have used must not look like too much.
     */
    public void moveTo(Instant later) {
        now = later.isAfter(now) ? later : now;
    }

    /** The time that counts for the starts. */
    public Instant now() {
        return now;
    }

    /**
     * Tells it of a key.
     *
     * @param row what is stored, read under lock
     * @param declared the limit of its name; null if there is none
     * @param running how many jobs run under it, counted after the lock
     */
    public void add(LimitKeyRow row, @Nullable Limit declared, int running) {
        keys.put(row.key(), new Key(row, row.effective(declared), running));
    }

    /**
     * Tells it which job of a sequence comes first, of those that are pending, or processing, or have failed and block the others. A sequence without a head lets any
     * job start.
     */
    public void head(LimitKey key, UUID job) {
        key(key).head = job;
    }

    /** Whether it was told of this key. */
    public boolean knows(LimitKey key) {
        return keys.containsKey(key);
    }

    /**
     * Starts a job, and uses up what it needs of each of its limits; or refuses it, and uses up nothing. If a rate alone holds it up, the key lets no
     * other job start after that: those of a low cost would use up the rate for ever, and one of a high cost would never start.
     *
     * @param job the id of the job
     * @param limits under keys that it knows; a job whose limits {@linkplain JobLimit#UNREADABLE cannot be read} starts, to fail
     * @return empty if the job starts
     */
    public Optional<Refusal> start(UUID job, List<JobLimit> limits) {
        List<JobLimit> held = JobLimit.held(limits);
        Refusal refusal = null;
        for (JobLimit limit : held) {
            Refusal next = key(limit.key()).refusal(job, limit.cost());
            // One that time alone ends comes last: the job is to be looked for where something has to happen.
            if (next != null && (refusal == null || (refusal.until() != null && next.until() == null))) {
                refusal = next;
            }
        }
        if (refusal != null) {
            if (refusal.until() != null) {
                key(refusal.key()).heldUntil = refusal.until();
            }
            return Optional.of(refusal);
        }
        held.forEach(limit -> key(limit.key()).start(limit.cost()));
        return Optional.empty();
    }

    /** How many jobs of cost 1 this key alone would let start. */
    public int room(LimitKey key) {
        return key(key).room();
    }

    /** How many jobs of this key, which jobs are fair by, start while one of a key of weight 1 does; 0 if none may start. */
    public int weight(LimitKey key) {
        Limit limit = key(key).limit;
        return limit == null || room(key) == 0 ? 0 : limit.burst();
    }

    /** When the rate of this key lets a job of cost 1 start, and its rest is over; empty for now. */
    public Optional<Instant> nextStart(LimitKey key) {
        Refusal refusal = key(key).timeRefusal(1);
        return refusal == null ? Optional.empty() : Optional.ofNullable(refusal.until());
    }

    /** The keys whose rate was used, or used up for longer than a rate that is declared since can be. */
    public List<LimitKeyRow> changed() {
        return keys.values().stream()
                .filter(key -> key.isUsed)
                .map(key -> key.row)
                .sorted((a, b) -> a.key().compareTo(b.key()))
                .toList();
    }

    private Key key(LimitKey key) {
        return Objects.requireNonNull(keys.get(key), () -> "the gate was not told of " + key);
    }

    private final class Key {
        private LimitKeyRow row;
        private final @Nullable Limit limit;
        private int running;
        private boolean isUsed;
        /** When the rate lets a job start that comes before all that it is asked for from now on. */
        private @Nullable Instant heldUntil;
        /** The only job that may start. */
        private @Nullable UUID head;

        private Key(LimitKeyRow row, @Nullable Limit limit, int running) {
            this.row = row;
            this.limit = limit;
            this.running = running;
            Instant used = row.usedUntil();
            Instant latest = latest();
            // A claim that was held up may look from an earlier time than that of the last start.
            if (used != null && latest != null && used.isAfter(latest.plus(HELD_UP))) {
                this.row = row.usedUntil(latest);
                this.isUsed = true;
            }
        }

        /** Starts by this rate use it up until then at most. What is later comes from a lower rate that held before. */
        private @Nullable Instant latest() {
            Duration interval = limit == null ? null : limit.interval();
            Integer starts = limit == null ? null : limit.starts();
            return interval == null || starts == null ? null : now.plus(interval.multipliedBy(starts));
        }

        private @Nullable Refusal refusal(UUID job, int cost) {
            if (limit == null || row.pause() != null || (head != null && !head.equals(job))) {
                return new Refusal(row.key(), null);
            }
            Integer most = limit.concurrency();
            if (most != null && running >= most) {
                return new Refusal(row.key(), null);
            }
            Refusal refusal = timeRefusal(cost);
            return refusal == null && heldUntil != null ? new Refusal(row.key(), heldUntil) : refusal;
        }

        private @Nullable Refusal timeRefusal(int cost) {
            if (limit == null) {
                return null;
            }
            Instant rests = row.restsAfter(now);
            Instant earliest = earliest(limit, cost);
            Instant until = earliest == null || (rests != null && rests.isAfter(earliest)) ? rests : earliest;
            return until == null || !until.isAfter(now) ? null : new Refusal(row.key(), until);
        }

        /**
         * When a start of this cost is possible: up to the burst it may come early, and a higher cost comes late. So if {@code n} starts are counted from one
         * of them on, the last one comes at least {@code n - burst} intervals later; and a period has as many intervals as the rate has starts, less the burst, and one.
         */
        private @Nullable Instant earliest(Limit of, int cost) {
            Duration interval = of.interval();
            Integer starts = of.starts();
            Instant used = row.usedUntil();
            return interval == null || starts == null || used == null
                    ? null
                    : used.plus(interval.multipliedBy(Math.min(cost, starts) - (long) of.burst()));
        }

        private void start(int cost) {
            running++;
            Duration interval = limit == null ? null : limit.interval();
            Integer starts = limit == null ? null : limit.starts();
            if (interval != null && starts != null) {
                Instant used = row.usedUntil();
                Instant from = used == null || used.isBefore(now) ? now : used;
                row = row.usedUntil(from.plus(interval.multipliedBy(Math.min(cost, starts))));
                isUsed = true;
            }
        }

        private boolean isHeld() {
            return heldUntil != null || row.restsAfter(now) != null;
        }

        private int room() {
            int most = limit == null || limit.concurrency() == null ? Integer.MAX_VALUE : limit.concurrency();
            if (limit == null || row.pause() != null || isHeld() || running >= most) {
                return 0;
            }
            int permits = most - running;
            Duration interval = limit.interval();
            Instant used = row.usedUntil();
            if (interval == null) {
                return permits;
            }
            if (used == null || !used.isAfter(now)) {
                return Math.min(permits, limit.burst());
            }
            Duration early = interval.multipliedBy(limit.burst()).minus(Duration.between(now, used));
            return early.isNegative() ? 0 : (int) Math.min(permits, early.dividedBy(interval));
        }
    }
}
