package io.forthwith.jdbc.internal.limits;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.limit.NextStart;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Decides, in the transaction of a claim, which of the jobs that it has locked may start, and acts on the notes that lie there. It waits for no lock.
 * {@code docs/models/limits.pml} and {@code sequences.pml} are models of it. Thread-safe.
 *
 * <p>First it locks notes and keys, each unless another transaction has. Only then, by a new statement, it counts the running jobs of the keys that it got: what
 * others have ended before is not counted, and nobody else starts a job of these keys meanwhile. A job of another key is handed back: it stays as it is. Then it looks for parked
 * jobs of these keys, by a new statement again, as many as may start. It deletes just the notes that it has locked before it counted. A note that came later is for the next
 * claim.
 */
public final class ClaimGate {
    /** See {@link KeyChanges#UNSEEN}. */
    public static final String UNSEEN_CHANGE = KeyChanges.UNSEEN;

    /** Jobs leave about two notes each. With fewer for each job that it starts, a claim would fall behind while others are ready. */
    private static final int NOTES_OF_A_START = 3;

    /** Jobs that are fair by a key and become due together, those of one key first, are parked so many at a time. */
    private static final int FAIR_AHEAD = 50;

    /** How often a claim looks for more jobs, in a transaction and in all. */
    private static final int MOST_ROUNDS = 5;

    private static final int MOST_EXPECTED = 1_000;
    /** A little longer than the pause between two looks at notes that others have locked. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private static final Duration LOCK_WAIT = Duration.ofMillis(15);
    /** So long a claim tries to make keys that others make at the same time. */
    private static final Duration LONGEST_CREATION = Duration.ofMillis(50);

    private static final long LONGEST_HAND_BACK = Duration.ofMillis(5).toNanos();
    private static final int MOST_DOUBLINGS = 5;

    private final LimitRows rows;
    private final DueNotes dueNotes;
    private final ClaimLook.Tables tables;
    private final NextStart nextStart;
    private final SilentKeys silent = new SilentKeys(System::nanoTime);
    private final StuckNotes stuckNotes = new StuckNotes(System::nanoTime);
    private final ClaimSize size = new ClaimSize(System::nanoTime);
    /** How many claims in a row have missed keys. */
    private final AtomicInteger misses = new AtomicInteger();
    /** Keys without a row that the last claims have met. */
    private final Set<LimitKey> keysToMake = ConcurrentHashMap.newKeySet();
    /** Keys that are likely to have a note. */
    private final Set<LimitKey> expected = ConcurrentHashMap.newKeySet();

    ClaimGate(
            SqlDialect dialect,
            LimitRows rows,
            ParkedJobs parked,
            DueNotes dueNotes,
            KeyChanges changes,
            NextStart nextStart) {
        this.rows = rows;
        this.dueNotes = dueNotes;
        this.tables = new ClaimLook.Tables(
                rows, parked, dueNotes, new LimitNotes(dialect), new FairJobs(parked), silent, changes);
        this.nextStart = nextStart;
    }

    /**
     * What a claim starts.
     *
     * @param starts the jobs, with all limits that they are under, in the order of claims
     * @param lifted those of them that were parked
     * @param parked the jobs that it has parked
     * @param now the time of the database that counts for rates
     * @param missing keys without a row; they are made after the commit, and their jobs are claimed again
     * @param untouched jobs that have stayed ready because others seemed to come first; another look may find that they do not
     * @param last queries that delete notes: the claim asks them together with the starts, or by themselves if no job starts
     * @param seenChanges the open changes of keys that it has taken into account
     * @param hasParked whether jobs were parked, so that another look may find others
     * @param hasReadied whether jobs were made ready for other workers, or notes left for other claims
     * @param hasMissed whether another transaction has locked keys
     * @param hasPutAside whether jobs of such keys were parked, so that they are no longer first in line
     */
    public record Decision(
            Map<UUID, List<JobLimit>> starts,
            Set<UUID> lifted,
            Set<UUID> parked,
            Instant now,
            Set<LimitKey> missing,
            Set<UUID> untouched,
            List<Session.Query<?>> last,
            Set<String> seenChanges,
            boolean hasParked,
            boolean hasReadied,
            boolean hasMissed,
            boolean hasPutAside) {
        /** The keys of the jobs that it starts. */
        public Set<LimitKey> keys() {
            return starts.values().stream()
                    .flatMap(limits -> JobLimit.held(limits).stream())
                    .map(JobLimit::key)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /**
     * What a transaction has claimed.
     *
     * @param missing as in {@link Decision}
     * @param hasReadied as in {@link Decision}, or whether jobs are left for other claims: of new keys, or because the claim was to be small
     * @param next when a rate lets the next job start
     * @param hasMissed whether another transaction has locked keys
     */
    public record Claimed(
            List<Job> jobs, Set<LimitKey> missing, boolean hasReadied, NextStart next, boolean hasMissed) {
        /** Of a claim that has met no limits. */
        public static Claimed withoutLimits(List<Job> jobs) {
            return new Claimed(jobs, Set.of(), false, new NextStart(), false);
        }
    }

    /** A transaction of a claim. */
    @FunctionalInterface
    public interface Part {
        /**
         * Claims.
         *
         * @param most the most jobs
         */
        Claimed claim(Session session, int most) throws SQLException;
    }

    /**
     * This process has left a note for a key. The next claim tries to lock the key in the round trip of the notes. It is a guess that saves a round trip: another claim may have
     * the note by then.
     */
    public void expectNote(LimitKey key) {
        if (expected.size() < MOST_EXPECTED) {
            expected.add(key);
        }
    }

    private Set<LimitKey> takeExpected(int most) {
        Set<LimitKey> some = expected.stream().limit(most).collect(Collectors.toCollection(TreeSet::new));
        expected.removeAll(some);
        return some;
    }

    /** Claims in one transaction, and in further ones if keys have no row yet. */
    public Claimed claim(Database database, ClaimRequest request, String what, Part part) {
        int most = Math.min(request.atMost(), size.most());
        List<Job> all = new ArrayList<>();
        boolean hasReadied = false;
        nextStart.claimBegins();
        makeKeys(database);
        for (int round = 1; ; round++) {
            Claimed claimed = database.transaction(what, session -> part.claim(session, most - all.size()));
            all.addAll(claimed.jobs());
            hasReadied |= claimed.hasReadied();
            nextStart.seen(claimed.next());
            handBack(claimed.hasMissed());
            boolean isFull = all.size() == most;
            if (claimed.missing().isEmpty()
                    || !all.isEmpty()
                    || round == MOST_ROUNDS
                    || !hasCreated(database, claimed.missing())) {
                // Not now: what is claimed already would wait for it, and those that come next are claimed with these.
                keysToMake.addAll(claimed.missing());
                boolean hasLeft =
                        isFull ? most < request.atMost() : !claimed.missing().isEmpty();
                if (hasLeft) {
                    nextStart.seen(Duration.ZERO);
                }
                // Told of as of others: a claim for other types may come between.
                return new Claimed(all, Set.of(), hasReadied || hasLeft, claimed.next(), claimed.hasMissed());
            }
        }
    }

    /**
     * Somebody may have inserted some of them and not committed. Then a claim that meets these again puts their jobs aside.
     *
     * @return whether it has made one
     */
    private boolean hasCreated(Database database, Set<LimitKey> keys) {
        Database impatient = database.withLockWait(LOCK_WAIT);
        try {
            rows.create(impatient, keys);
            return true;
        } catch (LocksHeldException others) {
            boolean hasCreated = false;
            long end = System.nanoTime() + LONGEST_CREATION.toNanos();
            for (LimitKey key : keys) {
                try {
                    if (System.nanoTime() - end >= 0) {
                        throw others;
                    }
                    rows.create(impatient, Set.of(key));
                    hasCreated = true;
                } catch (LocksHeldException thisOne) {
                    silent.missed(Set.of(key));
                }
            }
            return hasCreated;
        }
    }

    /** Claims that are full each time would never start a job of a key without a row, whatever its priority. */
    private void makeKeys(Database database) {
        Set<LimitKey> keys = Set.copyOf(keysToMake);
        if (!keys.isEmpty()) {
            // Before: if a key cannot be made, the claims after this one can go on.
            keysToMake.removeAll(keys);
            hasCreated(database, keys);
        }
    }

    /** The jobs of keys that others have locked are for a later claim. It comes later each time: who has locked them may be stopped. */
    private void handBack(boolean hasMissed) {
        if (hasMissed) {
            int before = misses.getAndUpdate(times -> Math.min(times + 1, MOST_DOUBLINGS));
            nextStart.seen(Duration.ofNanos(ThreadLocalRandom.current().nextLong(LONGEST_HAND_BACK << before)));
        } else {
            misses.set(0);
        }
    }

    /**
     * Due jobs.
     *
     * @param queries what finds and locks them, and is to be asked together with what comes next; none if they are locked already
     * @param jobs the jobs, once the queries have been asked
     */
    public record Picked(List<Session.Query<?>> queries, Supplier<List<LimitedJob>> jobs) {}

    /** How a database finds jobs and starts them. */
    public interface Hands {
        /**
         * Locks pending jobs that are due.
         *
         * @param most how many are wanted
         * @param seen those that this transaction has locked before, and that are left out
         */
        Picked pick(int most, Set<UUID> seen) throws SQLException;

        /**
         * Starts jobs, of which the calls of {@link #pick} since the last start have returned those that were not parked.
         *
         * @param isLast whether the transaction does nothing after it
         */
        List<Job> start(Decision decision, boolean isLast) throws SQLException;
    }

    /**
     * Claims jobs under limits, within a transaction. What a limit holds up makes room for others: it looks again as long as it finds as many as it has
     * asked for, or has parked some.
     */
    public Claimed claim(Session session, ClaimRequest request, int most, Hands hands) throws SQLException {
        Set<UUID> parked = new HashSet<>();
        int parkedInVain = 0;
        Set<UUID> seen = new HashSet<>();
        Set<LimitKey> missing = new HashSet<>();
        List<Job> all = new ArrayList<>();
        boolean hasReadied = false;
        NextStart next = new NextStart();
        boolean hasMissed = false;
        boolean hasPutAside = false;
        for (int round = 1; ; round++) {
            int left = most - all.size();
            Picked picked = hands.pick(left, seen);
            Session.Query<LimitRows.Declared> declared = rows.declared();
            List<Session.Query<?>> first = new ArrayList<>(picked.queries());
            first.add(declared);
            int notesWanted = NOTES_OF_A_START * (left + 1);
            ClaimLook.KeyLocks expectedLocks = tables.locks(takeExpected(left));
            List<Session.Query<?>> after = new ArrayList<>(expectedLocks.queries());
            Session.Query<DueNotes.Due> firstNotes = stuckNotes.isTimeToLook() ? dueNotes.first() : null;
            if (firstNotes != null) {
                after.add(firstNotes);
            }
            Map<UUID, LimitKey> due = dueNotes.lock(session, notesWanted, first, after);
            expected.removeAll(Set.copyOf(due.values()));
            Set<LimitKey> stuck = firstNotes == null
                    ? Set.of()
                    : stuck(DueNotes.passed(firstNotes.rows(), due.keySet(), due.size() < notesWanted), next);
            List<LimitedJob> locked = withFair(session, hands, picked.jobs().get(), left, seen);
            Decision decision = new ClaimLook(
                            tables, session, request, declared.rows().get(0), left, next)
                    .decide(expectedLocks, due, stuck, locked);
            // Those of keys that it has not got would be found again.
            boolean hasMoreNotes = due.size() >= notesWanted && !decision.hasMissed();
            boolean hasSeenAll = locked.size() < left
                    && !hasMoreNotes
                    && !decision.hasParked()
                    && decision.untouched().isEmpty();
            boolean isFull = decision.starts().size() == left;
            // With missing keys, the next transaction looks at all again.
            boolean isLast = hasSeenAll || isFull || !decision.missing().isEmpty() || round == MOST_ROUNDS;
            if (decision.starts().isEmpty()) {
                session.ask(decision.last(), isLast);
            } else {
                all.addAll(hands.start(decision, isLast));
            }
            parkedInVain +=
                    (int) decision.lifted().stream().filter(parked::contains).count();
            parked.addAll(decision.parked());
            missing.addAll(decision.missing());
            hasReadied |= decision.hasReadied();
            hasMissed |= decision.hasMissed();
            hasPutAside |= decision.hasPutAside();
            seen.removeAll(decision.untouched());
            if (isLast) {
                size.claimed(all.size(), parkedInVain);
                // What was put aside made room, as what was parked does.
                hasMissed &= !hasPutAside;
                if (!hasSeenAll && !isFull && !hasMissed && missing.isEmpty()) {
                    next.seen(Duration.ZERO);
                }
                return new Claimed(all, missing, hasReadied, next, hasMissed);
            }
        }
    }

    /** The keys for which notes are to be left, in place of those that others have had locked for a while. */
    private Set<LimitKey> stuck(Map<UUID, LimitKey> passed, NextStart next) {
        Set<LimitKey> stuck = stuckNotes.look(passed);
        if (!passed.isEmpty()) {
            next.seen(stuck.isEmpty() ? LOOK_AGAIN : Duration.ZERO);
        }
        return stuck;
    }

    /** Where ready jobs are fair by a key, it looks further: jobs of other keys may come later. */
    private static List<LimitedJob> withFair(
            Session session, Hands hands, List<LimitedJob> picked, int most, Set<UUID> seen) throws SQLException {
        picked.forEach(job -> seen.add(job.id()));
        if (picked.size() < most
                || picked.stream().noneMatch(job -> job.fairKey().isPresent())) {
            return picked;
        }
        Picked ahead = hands.pick(FAIR_AHEAD, seen);
        session.ask(ahead.queries());
        List<LimitedJob> all = new ArrayList<>(picked);
        for (LimitedJob job : ahead.jobs().get()) {
            seen.add(job.id());
            all.add(job);
        }
        return all;
    }
}
