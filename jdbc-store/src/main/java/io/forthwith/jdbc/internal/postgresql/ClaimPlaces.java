package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.store.ClaimRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where claims of a backlog go on. The index entries of jobs that were claimed stay until a vacuum removes them, which it cannot do while an old
 * transaction is open; a claim that starts at the first one reads them all. Thread-safe.
 *
 * <p>A claim that has got all the jobs that it wanted, and they were many, leaves a place for the next one. Before that place there may be jobs: one that a
 * worker has given back, one that was released or whose transaction committed late, one that another claim had locked. So a claim that finds
 * fewer jobs than it wants starts anew, and so does one from time to time: after ten times the time that the last one took, and after a second.
 */
final class ClaimPlaces {
    /** A claim of fewer jobs always starts at the first one: the order of claims is exact there. */
    static final int MANY = 100;

    /** Of the time of claims, those that start anew take about one part in so many. */
    private static final int TIMES = 10;

    /** A claim may have taken long because it waited for a connection or a lock. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String FIRST_TIME = "-infinity";
    private static final UUID FIRST_ID = new UUID(0, 0);

    private static final Comparator<Job> ORDER =
            Comparator.comparing(Job::runAt).thenComparing(Job::id, IdOrder.ASCENDING);

    private final LongSupplier nanos;
    private final Map<String, Place> ofQueue = new ConcurrentHashMap<>();

    /** @param nanos the time, as {@link System#nanoTime} */
    ClaimPlaces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * A place of a queue.
     *
     * @param times by priority, from the lowest, the time from which jobs are looked for
     * @param ids the ids from which they are looked for, of jobs with this very time
     * @param untilNanos when a claim starts anew
     */
    record Place(List<String> times, List<UUID> ids, long untilNanos) {
        static Place first(long untilNanos) {
            int priorities = NewJob.HIGHEST_PRIORITY + 1;
            return new Place(
                    Collections.nCopies(priorities, FIRST_TIME), Collections.nCopies(priorities, FIRST_ID), untilNanos);
        }

        /** The place behind these jobs of the queue. */
        Place behind(String queue, List<Job> claimed) {
            Job[] last = new Job[times.size()];
            for (Job job : claimed) {
                // A job that has lost a worker may have been claimed out of turn, and a time to come is not that of the
                // index.
                Instant startedAt = job.startedAt();
                boolean isInTurn = job.lostWorkers() == 0
                        && (startedAt == null || !job.runAt().isAfter(startedAt));
                if (isInTurn && job.queue().equals(queue)) {
                    Job before = last[job.priority()];
                    last[job.priority()] = before == null || ORDER.compare(before, job) < 0 ? job : before;
                }
            }
            List<String> newTimes = new ArrayList<>(times);
            List<UUID> newIds = new ArrayList<>(ids);
            for (int priority = 0; priority < last.length; priority++) {
                if (last[priority] != null) {
                    newTimes.set(priority, text(last[priority].runAt()));
                    newIds.set(priority, last[priority].id());
                }
            }
            return new Place(newTimes, newIds, untilNanos);
        }

        /** A time before the year 1 has another form in the database. */
        private static String text(Instant time) {
            String text = time.toString();
            return text.startsWith("-") || text.startsWith("0000") ? FIRST_TIME : text;
        }
    }

    /** Where a claim goes on; null if it starts at the first job. */
    @Nullable
    Place of(ClaimRequest request) {
        Place place = goesOn(request) ? ofQueue.get(queue(request)) : null;
        return place == null || now() - place.untilNanos >= 0 ? null : place;
    }

    /** When a claim that starts at the first job begins. */
    long now() {
        return nanos.getAsLong();
    }

    /** A claim that began then has started at the first job. */
    void claimedFromStart(long beganNanos, ClaimRequest request, List<Job> claimed) {
        if (goesOn(request)) {
            long now = now();
            claimedFrom(Place.first(now + Math.min(TIMES * (now - beganNanos), LONGEST_NANOS)), request, claimed);
        }
    }

    /** Jobs before the place are ready again. */
    void forget(ClaimRequest request) {
        ofQueue.remove(queue(request));
    }

    /** A claim has gone on from a place. */
    void claimedFrom(Place place, ClaimRequest request, List<Job> claimed) {
        if (claimed.size() < request.atMost()) {
            forget(request);
        } else {
            ofQueue.put(queue(request), place.behind(queue(request), claimed));
        }
    }

    /** Of several queues, and of some types, jobs are claimed in another order than they have in the index. */
    private static boolean goesOn(ClaimRequest request) {
        return request.atMost() >= MANY
                && request.queues().size() == 1
                && !request.onlyTypes()
                && request.leftToOthers().isEmpty()
                && request.ageing() == null;
    }

    private static String queue(ClaimRequest request) {
        return request.queues().get(0);
    }
}
