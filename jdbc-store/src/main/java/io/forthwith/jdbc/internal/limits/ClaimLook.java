package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.rows.LimitNotes;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.limit.LimitKeyRow;
import io.forthwith.store.rules.SuspectJobRule;
import io.forthwith.store.rules.limit.FairTurns;
import io.forthwith.store.rules.limit.LimitGate;
import io.forthwith.store.rules.limit.NextStart;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One look of a claim: locks keys, counts under them, decides which jobs may start, and writes everything but the starts. Not thread-safe.
 */
final class ClaimLook {
    private static final int MOST_HEADS = 200;
    /** A look that found a row locked is repeated after this time: the transaction may take long. */
    private static final Duration LOCKED_PAUSE = Duration.ofSeconds(1);

    private final Tables tables;
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
    private final Set<LimitKey> toNote = new TreeSet<>();
    private final Set<LimitKey> toNoteAfterPause = new TreeSet<>();
    private final Map<LimitKey, Instant> toNoteFor = new TreeMap<>();
    private final Set<LimitKey> toNoteInSilence = new TreeSet<>();
    private final Map<LimitKey, ParkedJobs.First> firsts = new HashMap<>();
    private final Set<ParkedJobs.Lane> full = new HashSet<>();
    private final List<LimitedJob> heads = new ArrayList<>();
    private final Set<LimitKey> looked = new HashSet<>();
    private final Set<LimitKey> missing = new HashSet<>();
    private final Set<LimitKey> tried = new HashSet<>();
    /** Keys that it has got, and of which it looks for no parked jobs because a ready one takes the only permit. */
    private final Set<LimitKey> taken = new HashSet<>();
    /** Keys that it has got, of which nothing but the number of running jobs holds up others. */
    private final Set<LimitKey> countedOnly = new HashSet<>();

    private final KeyChanges.Seen changes;

    private final NextStart next;
    private boolean hasParked;
    private boolean hasMissed;

    /** @param next receives when a rate lets jobs start */
    ClaimLook(
            Tables tables,
            Session session,
            ClaimRequest request,
            LimitRows.Declared declared,
            int most,
            NextStart next) {
        this.tables = tables;
        this.session = session;
        this.request = request;
        this.declared = declared;
        this.most = most;
        this.next = next;
        this.gate = new LimitGate(declared.now());
        this.changes = tables.changes().new Seen(session, declared.hasOpenChanges());
    }

    /** What claims read and write. */
    record Tables(
            LimitRows rows,
            ParkedJobs parked,
            DueNotes dueNotes,
            LimitNotes notes,
            FairJobs fairJobs,
            SilentKeys silent,
            KeyChanges changes) {
        /** The queries that lock keys, and after that count their running jobs and look for the first jobs of sequences. */
        KeyLocks locks(Collection<LimitKey> keys) {
            LimitRows.Running running = rows.running(keys);
            return new KeyLocks(
                    Set.copyOf(keys),
                    rows.lockKeys(keys),
                    running,
                    parked.firsts(keys.stream().filter(LimitKey::isSequence).toList()));
        }
    }

    /**
     * The locks of some keys.
     *
     * @param lock answers with those that it has got
     * @param running as committed after that
     * @param firsts the first jobs of those that are sequences, likewise
     */
    record KeyLocks(
            Set<LimitKey> keys,
            Session.Query<LimitKeyRow> lock,
            LimitRows.Running running,
            List<Session.Query<ParkedJobs.First>> firsts) {
        /** In the order in which they have to be asked; none if there are no keys. */
        List<Session.Query<?>> queries() {
            if (keys.isEmpty()) {
                return List.of();
            }
            List<Session.Query<?>> all = new ArrayList<>(List.of(lock, running.query()));
            all.addAll(firsts);
            return all;
        }
    }

    /**
     * Decides, and writes.
     *
     * @param expected the locks that the transaction has asked for after it has locked the notes
     * @param due the notes that this transaction has locked
     * @param stuck keys whose notes others have had locked for long, and for which it leaves notes
     * @param locked pending jobs that are due and that this transaction has locked, in the order of claims
     */
    ClaimGate.Decision decide(KeyLocks expected, Map<UUID, LimitKey> due, Set<LimitKey> stuck, List<LimitedJob> locked)
            throws SQLException {
        toNote.addAll(stuck);
        List<LimitedJob> jobs = locked.stream().map(declared::withTypeLimit).toList();
        lockKeys(jobs, expected, Set.copyOf(due.values()));
        startOrPark(jobs);
        List<Session.Query<?>> last = write(due);
        return new ClaimGate.Decision(
                starts,
                lifted,
                parked(),
                gate.now(),
                missing,
                untouched(jobs),
                last,
                changes.all(),
                hasParked,
                hasMore(),
                hasMissed,
                !toNoteInSilence.isEmpty());
    }

    /**
     * Locks the keys of notes, and then those of the jobs that may start beside the parked jobs of these. Of a job whose key it does not get, it locks no further key: two
     * claims that each have one of two keys would hand their jobs back for ever.
     */
    private void lockKeys(List<LimitedJob> ready, KeyLocks expected, Set<LimitKey> ofNotes) throws SQLException {
        meetFair(ready);
        take(expected, ofNotes);
        Set<LimitKey> others = new TreeSet<>(ofNotes);
        others.removeAll(got);
        others.removeAll(tried);
        lock(others);
        findHeads(got);
        List<LimitedJob> jobs = mayStart(ready);
        Set<LimitKey> firstKeys = new TreeSet<>();
        jobs.stream()
                .filter(job -> !job.limits().isEmpty())
                .forEach(job -> firstKeys.add(job.keys().get(0)));
        firstKeys.removeAll(tried);
        firstKeys.removeAll(got);
        lock(firstKeys);
        lockFurther(jobs);
        Set<LimitKey> besideMissing = new TreeSet<>();
        jobs.stream()
                .filter(job -> job.keys().stream().anyMatch(missing::contains))
                .forEach(job -> besideMissing.addAll(job.keys()));
        besideMissing.removeAll(tried);
        missing.addAll(tables.rows().missing(session, besideMissing));
        taken.addAll(takenByReady(jobs));
        Set<LimitKey> rest = new TreeSet<>(got);
        rest.removeAll(taken);
        findHeads(rest);
    }

    /** Keys with one free permit, which one of these ready jobs takes: then no parked job of theirs can start, and when the permit is free again, there is a note. */
    private Set<LimitKey> takenByReady(List<LimitedJob> ready) {
        return ready.stream()
                .filter(job -> job.limits().size() == 1)
                .map(job -> job.limits().get(0).key())
                .filter(key -> countedOnly.contains(key) && !looked.contains(key) && gate.room(key) == 1)
                .collect(Collectors.toSet());
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
    private Set<UUID> untouched(List<LimitedJob> ready) {
        return ready.stream()
                .filter(job -> job.fairKey().isEmpty())
                .filter(job -> !further(List.of(job)).isEmpty())
                .map(LimitedJob::id)
                .collect(Collectors.toSet());
    }

    /** Nothing is counted under keys that jobs are fair by, so they are not locked. */
    private void meetFair(List<LimitedJob> jobs) throws SQLException {
        Set<LimitKey> fair =
                jobs.stream().map(LimitedJob::fairKey).flatMap(Optional::stream).collect(Collectors.toSet());
        tables.fairJobs().meet(session, gate, fair, changes, next);
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

    private void lock(Set<LimitKey> keys) throws SQLException {
        if (!keys.isEmpty()) {
            KeyLocks locks = tables.locks(keys);
            session.ask(locks.queries());
            take(locks, keys);
        }
    }

    /**
     * Takes the keys that the locks have got.
     *
     * @param needed those of the keys for which it has a note or a job. Of the others, those that it has not got count as not tried: another claim acts on their notes
     */
    private void take(KeyLocks locks, Set<LimitKey> needed) throws SQLException {
        if (locks.keys().isEmpty()) {
            return;
        }
        gate.moveTo(locks.running().now());
        for (LimitKeyRow row :
                changes.asTheyStand(locks.lock().rows(), locks.running().hasOpenChanges())) {
            LimitKey key = row.key();
            Limit limit = declared.of(key);
            gate.add(row, limit, locks.running().jobs().getOrDefault(key, 0));
            got.add(key);
            if (isCountedOnly(row.effective(limit))) {
                countedOnly.add(key);
            }
        }
        locks.firsts().forEach(query -> addFirsts(query.rows()));
        Set<LimitKey> missed = new HashSet<>(locks.keys());
        missed.removeAll(got);
        missed.retainAll(needed);
        tried.addAll(missed);
        Set<LimitKey> without = tables.rows().missing(session, missed);
        missing.addAll(without);
        hasMissed |= missed.size() > without.size();
        missed.removeAll(without);
        tables.silent().missed(missed);
        tables.silent().got(got);
    }

    private static boolean isCountedOnly(@Nullable Limit limit) {
        return limit != null && limit.interval() == null && !limit.name().equals(LimitKey.SEQUENCE);
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

    private void startOrPark(List<LimitedJob> jobs) throws SQLException {
        List<LimitedJob> plain = new ArrayList<>(jobs);
        plain.removeIf(job -> job.fairKey().isPresent());
        plain.addAll(heads);
        plain.sort(LimitedJob.order(request.ageing()));
        for (LimitedJob job : tables.fairJobs().turns().alternate(plain, fair(jobs), LimitedJob::isUndo)) {
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
            FairJobs.Locked locked =
                    tables.fairJobs().lock(session, request, gate, declared.pausedQueues(), most, changes, next);
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
        return tables.fairJobs().turns().order(ofKey, weights);
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
            List<Session.Query<ParkedJobs.First>> queries = tables.parked().firsts(unknown);
            session.ask(List.copyOf(queries));
            queries.forEach(query -> addFirsts(query.rows()));
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
        ParkedJobs.Heads locked = tables.parked().lockHeads(session, wanted, ofSequences);
        findFirstsAgain(locked.jobs());
        toNoteAfterPause.addAll(locked.missed());
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
                && request.takes(job.queue(), job.type())
                && job.lostWorkers() < SuspectJobRule.lastTryFrom(request);
    }

    private void startOrPark(LimitedJob job) {
        if (starts.size() >= most) {
            // So that the next claim finds those behind it. A suspect is looked for where it is.
            job.fairKey()
                    .filter(key -> job.lostWorkers() < SuspectJobRule.lastTryFrom(request))
                    .ifPresentOrElse(key -> parks.put(job, key), () -> staysReady(job));
        } else if (job.limits().isEmpty()) {
            starts.put(job.id(), job.startsUnder());
        } else if (got.containsAll(job.keys())) {
            takeTurn(job, tryToStart(job));
        } else {
            putAside(job);
        }
    }

    /**
     * Parks a job whose key another transaction has had locked for long. The same transaction leaves a note: the claim that gets the key after that finds the note, and lifts the
     * job. A job that stayed ready would be the first that each claim finds.
     */
    private void putAside(LimitedJob job) {
        job.keys().stream()
                .filter(key -> !got.contains(key))
                .findFirst()
                .filter(key -> tried.contains(key) && tables.silent().putsAside(key))
                .ifPresent(key -> {
                    parks.put(job, key);
                    hasParked = true;
                    toNoteInSilence.add(key);
                });
    }

    /** It takes the permit that a parked one of its lanes would be made ready for. */
    private void staysReady(LimitedJob job) {
        for (LimitKey key : job.keys()) {
            readiedOf.merge(new ParkedJobs.Lane(key, job.queue(), job.type()), 1, Integer::sum);
            if (taken.contains(key) && gate.room(key) > 0) {
                // Other workers may serve parked jobs of the key, and not this one.
                toNote.add(key);
            }
        }
    }

    /** One that does not start stays where it is: no key holds it up, so no other claim has to be told of it. Beside a silent key, it would stay the first of its fair key. */
    private void liftFair(LimitedJob job) {
        if (!got.containsAll(job.keys())) {
            putAside(job);
        } else if (starts.size() < most) {
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
        FairTurns turns = tables.fairJobs().turns();
        job.fairKey().ifPresent(isStarted ? turns::started : turns::passed);
    }

    private boolean tryToStart(LimitedJob job) {
        LimitGate.Refusal refusal = gate.start(job.id(), job.limits()).orElse(null);
        if (refusal == null) {
            starts.put(job.id(), job.startsUnder());
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
        } else if (job.isUnreadable()) {
            // It starts under no limit, and its end leaves no note: it does not stand for a permit, which is for those
            // behind it.
            readied.add(job.id());
        } else if (readied(lane) < gate.room(lane.key())) {
            readiedOf.merge(lane, 1, Integer::sum);
            readied.add(job.id());
        }
    }

    private int readied(ParkedJobs.Lane lane) {
        return readiedOf.getOrDefault(lane, 0);
    }

    private Set<UUID> parked() {
        return parks.keySet().stream().map(LimitedJob::id).collect(Collectors.toSet());
    }

    /** Whether other claims have something to do now. */
    private boolean hasMore() {
        return !readied.isEmpty() || !toNote.isEmpty();
    }

    private void noteFor(LimitKey key) {
        gate.nextStart(key).ifPresent(until -> noteFor(key, until));
    }

    private void noteFor(LimitKey key, Instant until) {
        toNoteFor.merge(key, until, (one, other) -> one.isBefore(other) ? one : other);
    }

    private void noteForMore(ParkedJobs.Lane lane) {
        int room = gate.room(lane.key());
        if (readied(lane) < room) {
            toNote.add(lane.key());
        } else if (room == 0) {
            noteFor(lane.key());
        }
    }

    /** Returns the queries that delete the notes, if they are not deleted yet. */
    private List<Session.Query<?>> write(Map<UUID, LimitKey> due) throws SQLException {
        tables.parked().park(session, parks);
        tables.parked().makeReady(session, readied);
        tables.rows().use(session, gate.changed());
        full.forEach(this::noteForMore);
        tables.notes().leave(session, toNote, null);
        tables.notes().leave(session, toNoteAfterPause, LOCKED_PAUSE);
        for (Map.Entry<LimitKey, Instant> later : toNoteFor.entrySet()) {
            Duration wait = Duration.between(gate.now(), later.getValue());
            tables.notes().leave(session, List.of(later.getKey()), wait);
            next.seen(wait);
        }
        List<UUID> done = new ArrayList<>();
        Map<LimitKey, UUID> kept = new TreeMap<>();
        due.forEach((note, key) -> {
            if (got.contains(key) || (tables.silent().isSilent(key) && kept.putIfAbsent(key, note) != null)) {
                done.add(note);
            }
        });
        putOff(kept);
        return tables.dueNotes().deleting(session, done);
    }

    /**
     * Notes of keys that somebody has had locked for long are put off, so that those of other keys come first. This transaction has locked all notes of a key that it
     * deletes, so nobody acts on them, and the one that it keeps stands for them.
     */
    private void putOff(Map<LimitKey, UUID> kept) throws SQLException {
        for (Map.Entry<LimitKey, UUID> note : kept.entrySet()) {
            Duration wait = tables.silent().untilLook(note.getKey());
            tables.dueNotes().putOff(session, note.getValue(), wait);
            next.seen(wait);
        }
        toNoteInSilence.removeAll(kept.keySet());
        for (LimitKey key : toNoteInSilence) {
            Duration wait = tables.silent().untilLook(key);
            tables.notes().leave(session, List.of(key), wait);
            next.seen(wait);
        }
    }
}
