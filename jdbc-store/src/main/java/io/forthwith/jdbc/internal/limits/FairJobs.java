package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rules.SuspectJobRule;
import io.forthwith.store.rules.limit.FairTurns;
import io.forthwith.store.rules.limit.LimitGate;
import io.forthwith.store.rules.limit.NextStart;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds parked jobs that are fair by a key: keys take turns. Their keys are not locked, because nothing is counted; each job is. If a transaction is rolled back and repeated,
 * the keys that it began with have lost a turn. Thread-safe.
 */
final class FairJobs {
    private static final LimitRows.Range ALL = LimitRows.Range.of(LimitKey.FAIR);
    /** Comes before all characters of keys. */
    private static final String BEHIND = "!";
    /** Where no key has jobs for this worker, the look ends, and the next claim begins where this one has. */
    private static final int MOST_PAGES = 20;
    /** How often it looks for more jobs of a page, when keys have fewer than others, or others have locked some. */
    private static final int MOST_LOOKS = 5;

    private final ParkedJobs parked;
    private final FairTurns turns = new FairTurns();

    FairJobs(ParkedJobs parked) {
        this.parked = parked;
    }

    FairTurns turns() {
        return turns;
    }

    /**
     * Tells the gate of keys that jobs are fair by.
     *
     * @param next receives until when keys rest
     */
    void meet(Session session, LimitGate gate, Collection<LimitKey> keys, KeyChanges.Seen changes, NextStart next)
            throws SQLException {
        Set<LimitKey> unknown = new TreeSet<>(keys);
        unknown.removeIf(gate::knows);
        for (LimitKeyRow stored : changes.unlocked(unknown)) {
            gate.add(stored, null, 0);
            gate.nextStart(stored.key()).ifPresent(until -> next.seen(Duration.between(gate.now(), until)));
        }
    }

    /**
     * What a look has found.
     *
     * @param jobs those that may start, which are locked
     * @param suspects those that only a worker without such a job may start, which are locked
     */
    record Locked(List<LimitedJob> jobs, List<LimitedJob> suspects) {}

    /**
     * Locks parked jobs, of each key as many as its turns give it.
     *
     * @param pausedQueues the queues of which nothing starts
     * @param most how many are wanted
     * @param next receives until when keys rest
     */
    Locked lock(
            Session session,
            ClaimRequest request,
            LimitGate gate,
            Set<String> pausedQueues,
            int most,
            KeyChanges.Seen changes,
            NextStart next)
            throws SQLException {
        Look look = new Look(session, request, gate, most, pausedQueues, changes, next);
        int pages = 0;
        int before;
        do {
            before = look.jobs.size();
            Walk walk = new Walk(session, turns.last());
            while (look.jobs.size() < most && !walk.isOver && pages < MOST_PAGES) {
                boolean isFirst = walk.isFirst;
                List<LimitKey> page = walk.next();
                look.fill(page, isFirst && walk.isOver, isFirst ? walk.last : null);
                pages++;
            }
        } while (look.jobs.size() < most && look.jobs.size() > before && pages > 1 && pages < MOST_PAGES);
        return new Locked(look.jobs, look.suspects);
    }

    /** Once round all keys, beginning with the one whose turn it is. Not thread-safe. */
    private final class Walk {
        private final Session session;
        private final String end;
        private final @Nullable LimitKey last;
        private String after;
        private boolean isAround;
        private boolean isFirst = true;
        private boolean isOver;

        private Walk(Session session, @Nullable LimitKey last) {
            this.session = session;
            this.last = last;
            this.after = last == null ? ALL.from() : last.text();
            this.end = last == null ? ALL.to() : last.text() + BEHIND;
            this.isAround = last == null;
        }

        private List<LimitKey> next() throws SQLException {
            List<LimitKey> keys = new ArrayList<>();
            if (isFirst && last != null) {
                keys.add(last);
            }
            isFirst = false;
            while (keys.size() < parked.keysOfALook() && !isOver) {
                ParkedJobs.Keys page =
                        parked.keys(session, after, isAround ? end : ALL.to(), parked.keysOfALook() - keys.size());
                keys.addAll(page.keys());
                if (page.next() != null) {
                    after = page.next();
                } else if (isAround) {
                    isOver = true;
                } else {
                    isAround = true;
                    after = ALL.from();
                }
            }
            return keys;
        }
    }

    /** Of one claim. Not thread-safe. */
    private final class Look {
        private static final Comparator<ParkedJobs.Found> ORDER = Comparator.comparingInt(ParkedJobs.Found::rank)
                .thenComparing(ParkedJobs.Found::dueAt)
                .thenComparing(ParkedJobs.Found::id, IdOrder.ASCENDING);

        private final Session session;
        private final ClaimRequest request;
        private final LimitGate gate;
        private final int most;
        private final Set<String> pausedQueues;
        private final KeyChanges.Seen changes;
        private final NextStart next;
        private final List<LimitedJob> jobs = new ArrayList<>();
        private final List<LimitedJob> suspects = new ArrayList<>();
        private final Set<UUID> seen = new HashSet<>();
        private final Map<LimitKey, Integer> seenOf = new HashMap<>();

        private Look(
                Session session,
                ClaimRequest request,
                LimitGate gate,
                int most,
                Set<String> pausedQueues,
                KeyChanges.Seen changes,
                NextStart next) {
            this.session = session;
            this.request = request;
            this.gate = gate;
            this.most = most;
            this.pausedQueues = pausedQueues;
            this.changes = changes;
            this.next = next;
        }

        /**
         * Takes a turn of each of these keys, or as many as it needs.
         *
         * @param areAll whether there are no others
         * @param last the key of this page that may have begun its turn; null if none has
         */
        private void fill(List<LimitKey> page, boolean areAll, @Nullable LimitKey last) throws SQLException {
            meet(session, gate, page, changes, next);
            Map<LimitKey, Integer> weights = new TreeMap<>();
            for (LimitKey key : page) {
                boolean hadItsTurn = !areAll && key.equals(last) && turns.left(gate.weight(key)) == 0;
                if (gate.weight(key) > 0 && !hadItsTurn) {
                    weights.put(key, gate.weight(key));
                }
            }
            for (int look = 1; look <= (areAll ? MOST_LOOKS : 1) && jobs.size() < most && !weights.isEmpty(); look++) {
                Map<LimitKey, List<ParkedJobs.Found>> found =
                        find(weights, areAll ? rounds(weights) : 1, look, areAll ? null : last);
                weights.keySet().retainAll(found.keySet());
                lock(turns.order(found, weights).stream()
                        .limit(most - jobs.size())
                        .toList());
            }
        }

        private int rounds(Map<LimitKey, Integer> weights) {
            int round = weights.values().stream().mapToInt(Integer::intValue).sum();
            return (most - jobs.size() + round - 1) / round;
        }

        /** Of each key the jobs of some rounds that it has not seen. Behind jobs that others have locked it looks further with each look. */
        private Map<LimitKey, List<ParkedJobs.Found>> find(
                Map<LimitKey, Integer> weights, int rounds, int look, @Nullable LimitKey begun) throws SQLException {
            Map<LimitKey, Integer> wanted = new TreeMap<>();
            weights.forEach((key, weight) -> {
                long turn = key.equals(begun) ? turns.left(weight) : Math.min(most, (long) weight * rounds);
                long looked = (long) look * seenOf.getOrDefault(key, 0);
                wanted.put(key, (int) Math.min(ClaimRequest.MOST_JOBS, turn + looked));
            });
            Map<LimitKey, List<ParkedJobs.Found>> ofKeys = new TreeMap<>();
            for (ParkedJobs.Found each : parked.find(session, wanted)) {
                if (isServed(each.lane()) && !seen.contains(each.id())) {
                    ofKeys.computeIfAbsent(each.lane().key(), key -> new ArrayList<>())
                            .add(each);
                }
            }
            ofKeys.values().forEach(of -> of.sort(ORDER));
            return ofKeys;
        }

        private void lock(List<ParkedJobs.Found> found) throws SQLException {
            if (found.isEmpty()) {
                return;
            }
            Map<UUID, LimitedJob> locked = parked.lock(session, found);
            for (ParkedJobs.Found each : found) {
                seen.add(each.id());
                seenOf.merge(each.lane().key(), 1, Integer::sum);
                LimitedJob job = locked.get(each.id());
                if (job != null && each.lane().equals(job.lane())) {
                    (job.lostWorkers() < SuspectJobRule.lastTryFrom(request) ? jobs : suspects).add(job);
                }
            }
        }

        private boolean isServed(ParkedJobs.Lane lane) {
            return request.queues().contains(lane.queue())
                    && !pausedQueues.contains(lane.queue())
                    && request.takes(lane.queue(), lane.type());
        }
    }
}
