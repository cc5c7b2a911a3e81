package io.forthwith.jdbc.internal.limits;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.limit.FairTurns;
import io.forthwith.store.limit.LimitGate;
import io.forthwith.store.limit.NextStart;
import io.forthwith.store.limit.StoredLimitKey;
import io.forthwith.store.rules.LostWorkersRule;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
    /** Jobs leave about two notes each. With fewer for each job that it starts, a claim would fall behind while others are ready. */
    private static final int NOTES_OF_A_START = 3;

    private static final int MOST_HEADS = 200;
    /** Jobs that are fair by a key and become due together, those of one key first, are parked so many at a time. */
    private static final int FAIR_AHEAD = 50;

    /** How often a claim looks for more jobs, in a transaction and in all. */
    private static final int MOST_ROUNDS = 5;
    /** A look that found a row locked is repeated after this time: the transaction may take long. */
    private static final Duration LOCKED_PAUSE = Duration.ofSeconds(1);

    private static final long LONGEST_HAND_BACK = Duration.ofMillis(5).toNanos();
    private static final int MOST_DOUBLINGS = 5;

    private final LimitRows rows;
    private final ParkedJobs parked;
    private final DueNotes dueNotes;
    private final LimitNotes notes;
    private final NextStart nextStart;
    private final FairJobs fairJobs;
    /** How many claims in a row have missed keys. */
    private final AtomicInteger misses = new AtomicInteger();
    /** Keys without a row that the last claims have met. */
    private final Set<LimitKey> keysToMake = ConcurrentHashMap.newKeySet();

    ClaimGate(SqlDialect dialect, LimitRows rows, ParkedJobs parked, DueNotes dueNotes, NextStart nextStart) {
        this.rows = rows;
        this.parked = parked;
        this.dueNotes = dueNotes;
        this.notes = new LimitNotes(dialect);
        this.nextStart = nextStart;
        this.fairJobs = new FairJobs(rows, parked);
    }

    /**
     * What a claim starts.
     *
     * @param starts the jobs, with all limits that they are under, in the order of claims
     * @param lifted those of them that were parked
     * @param now the time of the database that counts for rates
     * @param missing keys without a row; they are made after the commit, and their jobs are claimed again
     * @param untouched jobs that have stayed ready because others seemed to come first; another look may find that they do not
     * @param last queries that delete notes: the claim asks them together with the starts, or by themselves if no job starts
     * @param hasParked whether jobs were parked, so that another look may find others
     * @param hasReadied whether jobs were made ready for other workers, or notes left for other claims
     * @param hasMissed whether another transaction has locked keys
     */
    public record Decision(
            Map<UUID, List<JobLimit>> starts,
            Set<UUID> lifted,
            Instant now,
            Set<LimitKey> missing,
            Set<UUID> untouched,
            List<Session.Query<?>> last,
            boolean hasParked,
            boolean hasReadied,
            boolean hasMissed) {}

    /**
     * What a transaction has claimed.
     *
     * @param missing as in {@link Decision}
     * @param hasReadied as in {@link Decision}
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

    /** Claims in one transaction, and in further ones if keys have no row yet. */
    public Claimed claim(Database database, ClaimRequest request, String what, Part part) {
        List<Job> all = new ArrayList<>();
        boolean hasReadied = false;
        nextStart.claimBegins();
        makeKeys(database);
        for (int round = 1; ; round++) {
            Claimed claimed = database.transaction(what, session -> part.claim(session, request.limit() - all.size()));
            all.addAll(claimed.jobs());
            hasReadied |= claimed.hasReadied();
            nextStart.seen(claimed.next());
            handBack(claimed.hasMissed());
            boolean isFull = all.size() == request.limit();
            if (claimed.missing().isEmpty() || isFull || round == MOST_ROUNDS) {
                // Not now: what is claimed already would wait for it.
                keysToMake.addAll(claimed.missing());
                if (!claimed.missing().isEmpty() && !isFull) {
                    nextStart.seen(Duration.ZERO);
                }
                return new Claimed(all, Set.of(), hasReadied, claimed.next(), claimed.hasMissed());
            }
            rows.create(database, claimed.missing());
        }
    }

    /** Claims that are full each time would never start a job of a key without a row, whatever its priority. */
    private void makeKeys(Database database) {
        Set<LimitKey> keys = Set.copyOf(keysToMake);
        if (!keys.isEmpty()) {
            // Before: if a key cannot be made, the claims after this one can go on.
            keysToMake.removeAll(keys);
            rows.create(database, keys);
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
        Set<UUID> seen = new HashSet<>();
        Set<LimitKey> missing = new HashSet<>();
        List<Job> all = new ArrayList<>();
        boolean hasReadied = false;
        NextStart next = new NextStart();
        boolean hasMissed = false;
        for (int round = 1; ; round++) {
            int left = most - all.size();
            Picked picked = hands.pick(left, seen);
            Session.Query<LimitRows.Declared> declared = rows.declared();
            List<Session.Query<?>> first = new ArrayList<>(picked.queries());
            first.add(declared);
            int notesWanted = NOTES_OF_A_START * (left + 1);
            Map<UUID, LimitKey> due = dueNotes.lock(session, notesWanted, first);
            List<LimitedJob> locked = withFair(session, hands, picked.jobs().get(), left, seen);
            Decision decision = decide(session, request, declared.rows().get(0), due, locked, left, next);
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
            missing.addAll(decision.missing());
            hasReadied |= decision.hasReadied();
            hasMissed |= decision.hasMissed();
            seen.removeAll(decision.untouched());
            if (isLast) {
                if (!hasSeenAll && !isFull && !hasMissed && missing.isEmpty()) {
                    next.seen(Duration.ZERO);
                }
                return new Claimed(all, missing, hasReadied, next, hasMissed);
            }
        }
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

    /**
     * Decides, and writes everything but the starts.
     *
     * @param due the notes that this transaction has locked
     * @param locked pending jobs that are due and that this transaction has locked, in the order of claims
     * @param most the most jobs to start
     * @param next receives when a rate lets jobs start
     */
    private Decision decide(
            Session session,
            ClaimRequest request,
            LimitRows.Declared declared,
            Map<UUID, LimitKey> due,
            List<LimitedJob> locked,
            int most,
            NextStart next)
            throws SQLException {
        List<LimitedJob> jobs = locked.stream().map(declared::withTypeLimit).toList();
        Run run = new Run(session, request, declared, most, next);
        run.lockKeys(jobs, due.values());
        run.decide(jobs);
        List<Session.Query<?>> last = run.write(due);
        return new Decision(
                run.starts,
                run.lifted,
                run.gate.now(),
                run.missing,
                run.untouched(jobs),
                last,
                run.hasParked,
                run.hasMore(),
                run.hasMissed);
    }

    /** One transaction. Not thread-safe. */
    private final class Run {
        private final Session session;
        private final ClaimRequest request;
        private final LimitRows.Declared declared;
        private final int most;
        private final LimitGate gate;
        private final Set<LimitKey> got = new HashSet<>();
        private final Map<UUID, List<JobLimit>> starts = new LinkedHashMap<>();
        private final Set<UUID> lifted = new HashSet<>();
        private final Map<LimitedJob, LimitKey> parks = new LinkedHashMap<>();
        private final Set<UUID> readied = new HashSet<>();
        private final Map<ParkedJobs.Lane, Integer> readiedOf = new HashMap<>();
        private final Set<LimitKey> noted = new TreeSet<>();
        private final Set<LimitKey> notedAfterPause = new TreeSet<>();
        private final Map<LimitKey, Instant> notedFor = new TreeMap<>();
        private final Map<LimitKey, ParkedJobs.First> firsts = new HashMap<>();
        private final Set<ParkedJobs.Lane> full = new HashSet<>();
        private final List<LimitedJob> heads = new ArrayList<>();
        private final Set<LimitKey> looked = new HashSet<>();
        private final Set<LimitKey> missing = new HashSet<>();
        private final Set<LimitKey> tried = new HashSet<>();
        private final NextStart next;
        private boolean hasParked;
        private boolean hasMissed;

        Run(Session session, ClaimRequest request, LimitRows.Declared declared, int most, NextStart next) {
            this.session = session;
            this.request = request;
            this.declared = declared;
            this.most = most;
            this.next = next;
            this.gate = new LimitGate(declared.now());
        }

        /**
         * Locks the keys of notes, and then those of the jobs that may start beside the parked jobs of these. Of a job whose key it does not get, it locks no further key: two
         * claims that each have one of two keys would hand their jobs back for ever.
         */
        void lockKeys(List<LimitedJob> ready, Collection<LimitKey> ofNotes) throws SQLException {
            meetFair(ready);
            Set<LimitKey> noted = new TreeSet<>(ofNotes);
            noted.removeAll(got);
            lock(noted);
            findHeads(noted);
            List<LimitedJob> jobs = mayStart(ready);
            Set<LimitKey> next = new TreeSet<>();
            jobs.stream()
                    .filter(job -> !job.limits().isEmpty())
                    .forEach(job -> next.add(job.keys().get(0)));
            next.removeAll(tried);
            next.removeAll(got);
            lock(next);
            lockFurther(jobs);
            Set<LimitKey> others = new TreeSet<>();
            jobs.stream()
                    .filter(job -> job.keys().stream().anyMatch(missing::contains))
                    .forEach(job -> others.addAll(job.keys()));
            others.removeAll(tried);
            missing.addAll(rows.missing(session, others));
            findHeads(got);
        }

        /** Those of these ready jobs that come before as many others as may start. Jobs that are fair by a key come in an order of their own. */
        private List<LimitedJob> mayStart(List<LimitedJob> ready) {
            List<LimitedJob> first = new ArrayList<>(ready);
            heads.stream().filter(this::isServed).forEach(first::add);
            first.removeIf(job -> job.fairKey().isPresent());
            first.sort(LimitedJob.order(request.ageing()));
            List<LimitedJob> jobs = new ArrayList<>(ready);
            jobs.removeIf(job -> job.fairKey().isEmpty());
            first.stream().limit(most).filter(job -> job.parkedUnder() == null).forEach(jobs::add);
            return jobs;
        }

        /** The jobs of which it has not tried to lock a key, although it has got those before. */
        Set<UUID> untouched(List<LimitedJob> ready) {
            return ready.stream()
                    .filter(job -> job.fairKey().isEmpty())
                    .filter(job -> !further(List.of(job)).isEmpty())
                    .map(LimitedJob::id)
                    .collect(Collectors.toSet());
        }

        /** Nothing is counted under keys that jobs are fair by, so they are not locked. */
        private void meetFair(List<LimitedJob> jobs) throws SQLException {
            Set<LimitKey> fair = jobs.stream()
                    .map(LimitedJob::fairKey)
                    .flatMap(Optional::stream)
                    .collect(Collectors.toSet());
            fairJobs.meet(session, gate, fair, next);
            got.addAll(fair);
        }

        private void lockFurther(List<LimitedJob> jobs) throws SQLException {
            Set<LimitKey> further = further(jobs);
            while (!further.isEmpty()) {
                lock(further);
                further = further(jobs);
            }
        }

        /** The next keys of the jobs whose keys before these it has got. */
        private Set<LimitKey> further(List<LimitedJob> jobs) {
            Set<LimitKey> next = new TreeSet<>();
            for (LimitedJob job : jobs) {
                job.keys().stream()
                        .filter(key -> !got.contains(key))
                        .findFirst()
                        .filter(key -> !tried.contains(key))
                        .ifPresent(next::add);
            }
            return next;
        }

        /** Locks keys, and after that counts their running jobs and looks for the first jobs of sequences. */
        private void lock(Set<LimitKey> keys) throws SQLException {
            if (keys.isEmpty()) {
                return;
            }
            Session.Query<StoredLimitKey> lock = rows.lockKeys(keys);
            LimitRows.Running running = rows.running(keys);
            List<ParkedJobs.First> found = parked.firsts(session, sequences(keys), List.of(lock, running.query()));
            gate.moveTo(running.now());
            for (StoredLimitKey row : lock.rows()) {
                LimitKey key = row.key();
                gate.add(row, declared.of(key), running.jobs().getOrDefault(key, 0));
                got.add(key);
            }
            addFirsts(found);
            tried.addAll(keys);
            Set<LimitKey> missed = new HashSet<>(keys);
            missed.removeAll(got);
            Set<LimitKey> without = rows.missing(session, missed);
            missing.addAll(without);
            hasMissed |= missed.size() > without.size();
        }

        private static Set<LimitKey> sequences(Collection<LimitKey> keys) {
            return keys.stream().filter(LimitKey::isSequence).collect(Collectors.toSet());
        }

        /** Of the keys that it has got. */
        private void addFirsts(List<ParkedJobs.First> found) {
            for (ParkedJobs.First first : found) {
                if (got.contains(first.key())) {
                    firsts.put(first.key(), first);
                    gate.head(first.key(), first.id());
                }
            }
        }

        void decide(List<LimitedJob> jobs) throws SQLException {
            List<LimitedJob> plain = new ArrayList<>(jobs);
            plain.removeIf(job -> job.fairKey().isPresent());
            plain.addAll(heads);
            plain.sort(LimitedJob.order(request.ageing()));
            for (LimitedJob job : fairJobs.turns().alternate(plain, fair(jobs), LimitedJob::isUndo)) {
                if (job.parkedUnder() == null) {
                    startOrPark(job);
                } else if (job.parkedUnder().isFair()) {
                    liftFair(job);
                } else {
                    lift(job, new ParkedJobs.Lane(job.parkedUnder(), job.queue(), job.type()));
                }
            }
        }

        /** The jobs that are fair by a key in the order of their turns: ready ones, and as many parked ones as may start. */
        private List<LimitedJob> fair(List<LimitedJob> ready) throws SQLException {
            List<LimitedJob> fair = new ArrayList<>(ready);
            fair.removeIf(job -> job.fairKey().isEmpty());
            if (declared.hasFair()) {
                FairJobs.Locked locked = fairJobs.lock(session, request, gate, declared.pausedQueues(), most, next);
                locked.suspects().forEach(job -> readied.add(job.id()));
                // Another look may find them where such jobs are looked for.
                hasParked |= !locked.suspects().isEmpty();
                List<LimitedJob> found =
                        locked.jobs().stream().map(declared::withTypeLimit).toList();
                meetFair(found);
                findFirstsAgain(found);
                lockFurther(found);
                fair.addAll(found);
            }
            fair.sort(LimitedJob.ORDER);
            Map<LimitKey, List<LimitedJob>> ofKey = new TreeMap<>();
            Map<LimitKey, Integer> weights = new TreeMap<>();
            for (LimitedJob job : fair) {
                LimitKey key = job.fairKey().orElseThrow();
                ofKey.computeIfAbsent(key, each -> new ArrayList<>()).add(job);
                weights.put(key, Math.max(1, gate.weight(key)));
            }
            return fairJobs.turns().order(ofKey, weights);
        }

        /** Parked jobs were found after the look for the first jobs of sequences: a call may have added them behind one that is ready. */
        private void findFirstsAgain(List<LimitedJob> found) throws SQLException {
            Set<LimitKey> unknown = new TreeSet<>();
            for (LimitedJob job : found) {
                for (LimitKey key : job.keys()) {
                    if (key.isSequence() && got.contains(key) && !firsts.containsKey(key)) {
                        unknown.add(key);
                    }
                }
            }
            if (!unknown.isEmpty()) {
                addFirsts(parked.firsts(session, unknown, List.of()));
            }
        }

        /**
         * Finds parked jobs of these keys, once of each. Also of keys under which nothing may start because of a rate: whether there is anything decides about a note for the
         * time when something may.
         */
        private void findHeads(Set<LimitKey> keys) throws SQLException {
            Map<LimitKey, Integer> wanted = new TreeMap<>();
            Set<LimitKey> waitForTime = new TreeSet<>();
            List<ParkedJobs.Found> ofSequences = new ArrayList<>();
            for (LimitKey key : keys) {
                if (key.isFair() || !got.contains(key) || !looked.add(key)) {
                    continue;
                }
                int room = Math.min(gate.room(key), MOST_HEADS);
                ParkedJobs.First first = firsts.get(key);
                if (first != null) {
                    if (room > 0 && first.parked() != null) {
                        ofSequences.add(new ParkedJobs.Found(first.id(), first.parked(), first.locked()));
                    }
                } else if (room > 0) {
                    wanted.put(key, room);
                } else if (gate.nextStart(key).isPresent()) {
                    wanted.put(key, 1);
                    waitForTime.add(key);
                }
            }
            ParkedJobs.Heads locked = parked.lockHeads(session, wanted, ofSequences);
            findFirstsAgain(locked.jobs());
            notedAfterPause.addAll(locked.missed());
            full.addAll(locked.full());
            List<LimitedJob> found = new ArrayList<>();
            for (LimitedJob job : locked.jobs()) {
                LimitKey under = Objects.requireNonNull(job.parkedUnder());
                if (waitForTime.contains(under)) {
                    noteFor(under);
                } else {
                    found.add(declared.withTypeLimit(job));
                }
            }
            if (!found.isEmpty()) {
                meetFair(found);
                lockFurther(found);
                heads.addAll(found);
            }
        }

        private boolean isServed(LimitedJob job) {
            return request.queues().contains(job.queue())
                    && !declared.pausedQueues().contains(job.queue())
                    && request.takes(job.type())
                    && job.lostWorkers() < LostWorkersRule.lastTryFrom(request);
        }

        private void startOrPark(LimitedJob job) {
            if (starts.size() >= most) {
                // So that the next claim finds those behind it. A suspect is looked for where it is.
                job.fairKey()
                        .filter(key -> job.lostWorkers() < LostWorkersRule.lastTryFrom(request))
                        .ifPresentOrElse(key -> parks.put(job, key), () -> staysReady(job));
            } else if (job.limits().isEmpty()) {
                starts.put(job.id(), List.of());
            } else if (got.containsAll(job.keys())) {
                takeTurn(job, tryToStart(job));
            }
        }

        /** It takes the permit that a parked one of its lanes would be made ready for. */
        private void staysReady(LimitedJob job) {
            for (LimitKey key : job.keys()) {
                readiedOf.merge(new ParkedJobs.Lane(key, job.queue(), job.type()), 1, Integer::sum);
            }
        }

        /** One that does not start stays where it is: no key holds it up, so no other claim has to be told of it. */
        private void liftFair(LimitedJob job) {
            if (starts.size() < most && got.containsAll(job.keys())) {
                boolean isStarted = tryToStart(job);
                takeTurn(job, isStarted);
                if (isStarted) {
                    lifted.add(job.id());
                }
            }
        }

        /**
         * The turn of the key goes on. If the job did not start, it is over: otherwise a key whose jobs a limit holds up would hold up the others. A job that comes back from
         * a limit takes no turn: it comes in the order of the limit, and the keys behind the last one would be passed over.
         */
        private void takeTurn(LimitedJob job, boolean isStarted) {
            FairTurns turns = fairJobs.turns();
            job.fairKey().ifPresent(isStarted ? turns::started : turns::passed);
        }

        private boolean tryToStart(LimitedJob job) {
            LimitGate.Refusal refusal = gate.start(job.id(), job.limits()).orElse(null);
            if (refusal == null) {
                starts.put(job.id(), job.limits());
                return true;
            }
            if (!refusal.key().equals(job.parkedUnder())) {
                parks.put(job, refusal.key());
                hasParked = true;
            }
            if (refusal.until() != null) {
                noteFor(refusal.key(), refusal.until());
            }
            return false;
        }

        /** Starts a parked job if this worker can run it now. Otherwise it makes it ready for another one, of each lane as many as may start. */
        private void lift(LimitedJob job, ParkedJobs.Lane lane) {
            if (isServed(job) && starts.size() < most && got.containsAll(job.keys())) {
                if (tryToStart(job)) {
                    lifted.add(job.id());
                }
            } else if (readied(lane) < gate.room(lane.key())) {
                readiedOf.merge(lane, 1, Integer::sum);
                readied.add(job.id());
            }
        }

        private int readied(ParkedJobs.Lane lane) {
            return readiedOf.getOrDefault(lane, 0);
        }

        /** Whether other claims have something to do now. */
        boolean hasMore() {
            return !readied.isEmpty() || !noted.isEmpty();
        }

        private void noteFor(LimitKey key) {
            gate.nextStart(key).ifPresent(until -> noteFor(key, until));
        }

        private void noteFor(LimitKey key, Instant until) {
            notedFor.merge(key, until, (one, other) -> one.isBefore(other) ? one : other);
        }

        private void noteForMore(ParkedJobs.Lane lane) {
            int room = gate.room(lane.key());
            if (readied(lane) < room) {
                noted.add(lane.key());
            } else if (room == 0) {
                noteFor(lane.key());
            }
        }

        /** Returns the queries that delete the notes, if they are not deleted yet. */
        List<Session.Query<?>> write(Map<UUID, LimitKey> due) throws SQLException {
            parked.park(session, parks);
            parked.makeReady(session, readied);
            rows.use(session, gate.changed());
            full.forEach(this::noteForMore);
            notes.leave(session, noted, null);
            notes.leave(session, notedAfterPause, LOCKED_PAUSE);
            for (Map.Entry<LimitKey, Instant> later : notedFor.entrySet()) {
                Duration wait = Duration.between(gate.now(), later.getValue());
                notes.leave(session, List.of(later.getKey()), wait);
                next.seen(wait);
            }
            return dueNotes.deleting(
                    session,
                    due.entrySet().stream()
                            .filter(note -> got.contains(note.getValue()))
                            .map(Map.Entry::getKey)
                            .toList());
        }
    }
}
