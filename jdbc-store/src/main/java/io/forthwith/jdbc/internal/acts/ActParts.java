package io.forthwith.jdbc.internal.acts;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.operations.Beside;
import io.forthwith.jdbc.internal.operations.CancelSealRetry;
import io.forthwith.jdbc.internal.operations.ChangeJobs;
import io.forthwith.jdbc.internal.operations.ChangeNotices;
import io.forthwith.jdbc.internal.operations.RetryCancelPage;
import io.forthwith.jdbc.internal.operations.TurnTime;
import io.forthwith.jdbc.internal.rows.JobConditions;
import io.forthwith.jdbc.internal.rows.JobSelects;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Carries acts on. Immutable and thread-safe.
 *
 * <p><b>A part.</b> The jobs that come next are looked for without locks, highest id first. Those without relatives (and, to be retried, without a unique key) that follow
 * each other are one part; any other job is a part by itself, because its relatives are locked in an order that several such jobs would break. The transaction of a part
 * locks the act, then its jobs; it changes the jobs, writes into the audit, and moves the cursor of the act behind them. So a part is done as a whole or not at all, and
 * the cursor never passes a job that is still to be done.
 *
 * <p><b>Races.</b> Each transaction that writes an act counts its parts up. A part locks the act only as it was read: if another process has done a part since, or somebody has
 * stopped the act, nothing is found to lock, and nothing is done. Nobody waits for an act that another one carries on. Whether a job is still selected is tested on its
 * locked row.
 *
 * <p><b>What is left out</b> because others have locked it is counted in memory, and written with the next part. If the process dies in between, it is looked at again. The
 * act does not come back to it: the person begins another one over the same filter.
 *
 * <p><b>A lost answer</b> to the commit of a part ends the call. The part and its entry of the audit are both there, or neither; the next call reads how far the act has come.
 */
final class ActParts {
    private static final Duration LOCK_WAIT = Duration.ofMillis(100);
    /** Each has waited for as long. */
    private static final int MOST_LOCKED = 2;

    private final Database database;
    private final ActRows acts;
    private final AuditRows audit;
    private final JobSelects selects;
    private final Deeds deeds;
    private final ChangeNotices notices;

    /** What is done to jobs. */
    record Deeds(RetryCancelPage pages, CancelSealRetry single, ChangeJobs changes) {}

    /** Somebody else has done a part of the act since it was read, or has stopped it. */
    @SuppressWarnings("serial") // It is caught in this class.
    private static final class OvertakenException extends RuntimeException {
        OvertakenException() {
            super("Another transaction has changed the act", null, false, false);
        }
    }

    /** Jobs have got relatives since they were looked at. */
    @SuppressWarnings("serial") // It is caught in this class.
    private static final class RelativesException extends RuntimeException {
        private final List<UUID> jobs;

        RelativesException(List<UUID> jobs) {
            super("Jobs have got relatives", null, false, false);
            this.jobs = jobs;
        }
    }

    ActParts(Database database, ActRows acts, AuditRows audit, JobSelects selects, Deeds deeds, ChangeNotices notices) {
        this.database = database.withLockWait(LOCK_WAIT);
        this.acts = acts;
        this.audit = audit;
        this.selects = selects;
        this.deeds = deeds;
        this.notices = notices;
    }

    /**
     * Does the next parts of the act that has come least far, of those that nobody else carries on. If it fails, others have their turns; its failure is thrown if none of
     * them goes on either.
     */
    Remaining next() {
        TurnTime time = new TurnTime();
        List<ActRows.Open> open = new ArrayList<>(database.read("look for open acts", acts::open));
        boolean areOthers = false;
        RuntimeException failure = null;
        for (int i = 0; i < open.size(); i++) {
            ActRows.Open act = open.get(i);
            NewAct asked = act.asked();
            if (asked != null) {
                try {
                    if (new Turn(act, asked).isTaken()) {
                        return Remaining.MORE;
                    }
                    areOthers = true;
                } catch (RuntimeException failed) {
                    if (failure == null) {
                        failure = failed;
                        // Those that always fail may use up the time: they must not be before the same others each
                        // time.
                        Collections.shuffle(open.subList(i + 1, open.size()));
                    } else {
                        failure.addSuppressed(failed);
                        if (time.isOver()) {
                            // Perhaps the store fails, and not the acts.
                            break;
                        }
                    }
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return areOthers ? Remaining.LOCKED : Remaining.NOTHING;
    }

    /**
     * How far a part leads.
     *
     * @param cursor the act goes on below it
     * @param isEnd whether nothing is left
     */
    private record Reach(@Nullable UUID cursor, boolean isEnd) {}

    /** What one call does for one act. Not thread-safe. */
    private final class Turn {
        private final TurnTime time = new TurnTime();
        private final NewAct asked;
        private final Deed deed;
        private ActRows.Open act;
        /** What is left out and not yet written. */
        private BulkResult leftOut = BulkResult.NONE;
        /** How far that leads; null if there is nothing to write. */
        private @Nullable Reach unwritten;

        private int locked;
        private boolean hasMoved;
        private AnswerWithNotices<Boolean> toTell = AnswerWithNotices.withoutNotices(true);

        Turn(ActRows.Open act, NewAct asked) {
            this.act = act;
            this.asked = asked;
            this.deed = asked.deed();
        }

        /** Whether it has done something; otherwise another process carries the act on. */
        boolean isTaken() {
            try {
                work();
                return true;
            } catch (OvertakenException | LocksHeldException others) {
                return hasMoved;
            } finally {
                // Also if it fails half-way: its earlier parts are committed.
                notices.of(toTell);
            }
        }

        private void work() {
            JobPage page = database.read(
                    "look for the jobs of act " + asked.id(),
                    session -> selects.search(session, act.query(ActStore.PART), JobPage.MOST_LOOKED_AT));
            UUID below = page.next() == null ? null : page.next().before();
            Reach end = new Reach(below, below == null);
            List<UUID> ids =
                    page.jobs().stream().filter(asked::isMeant).map(Job::id).toList();
            List<JobSelects.Candidate> jobs = ids.isEmpty()
                    ? List.of()
                    : database.read(
                            "look at the jobs of act " + asked.id(), session -> selects.candidates(session, ids));
            Set<UUID> alone = new HashSet<>();
            jobs.stream().filter(this::isAlone).forEach(job -> alone.add(job.id()));
            int from = 0;
            while (from < jobs.size() && (from == 0 || !time.isOver()) && locked < MOST_LOCKED) {
                int to = from + 1;
                if (alone.contains(jobs.get(from).id())) {
                    while (to < jobs.size() && alone.contains(jobs.get(to).id())) {
                        to++;
                    }
                }
                List<UUID> part = jobs.subList(from, to).stream()
                        .map(JobSelects.Candidate::id)
                        .toList();
                Reach reach = to == jobs.size() ? end : new Reach(part.get(part.size() - 1), false);
                try {
                    if (alone.contains(part.get(0))) {
                        together(part, reach);
                    } else {
                        one(part.get(0), reach);
                    }
                    from = to;
                } catch (RelativesException since) {
                    since.jobs.forEach(alone::remove);
                }
            }
            if (jobs.isEmpty()) {
                unwritten = end;
            }
            Reach left = unwritten;
            if (left != null) {
                BulkResult none = BulkResult.NONE;
                BulkResult progress = database.transaction(
                        "write how far act " + asked.id() + " has come",
                        session -> write(session, lock(session), List.of(), none, left));
                moved(progress);
            }
        }

        private boolean isAlone(JobSelects.Candidate job) {
            return switch (deed.kind()) {
                case RETRY -> job.isPlain();
                case CANCEL -> !job.hasRelatives();
                case CHANGE -> true;
            };
        }

        private Instant lock(Session session) throws SQLException {
            return acts.lock(session, act).orElseThrow(OvertakenException::new);
        }

        /** Writes what a part has done; returns how the act stands then. It changes nothing here: the transaction may be repeated. */
        private BulkResult write(Session session, Instant now, List<UUID> done, BulkResult result, Reach reach)
                throws SQLException {
            BulkResult part = leftOut.and(LibraryOnly.KEY, result);
            if (part.done() > 0 || !part.skipped().isEmpty()) {
                audit.insert(
                        session,
                        AuditRows.entry(
                                now,
                                asked.author(),
                                deed.text(),
                                asked.id(),
                                done.stream().map(UUID::toString).toList(),
                                ActStore.answer(part)));
            }
            BulkResult progress =
                    act.stands().progress().and(LibraryOnly.KEY, part).goingOnFrom(LibraryOnly.KEY, reach.cursor);
            acts.move(session, asked.id(), progress, reach.isEnd ? now : null);
            return progress;
        }

        private void moved(BulkResult progress) {
            act = act.moved(progress);
            leftOut = BulkResult.NONE;
            unwritten = null;
            hasMoved = true;
        }

        private void leftOut(BulkResult more, Reach reach) {
            leftOut = leftOut.and(LibraryOnly.KEY, more);
            unwritten = reach;
        }

        private void together(List<UUID> ids, Reach reach) {
            record Written(BulkResult progress, boolean isAnyDone) {}

            AnswerWithNotices<Written> written =
                    database.transaction(deed.kind().text() + " " + ids.size() + " jobs", session -> {
                        Instant now = lock(session);
                        AnswerWithNotices<RetryCancelPage.Done> answer = change(session, ids);
                        RetryCancelPage.Done done = answer.answer();
                        BulkResult progress = write(session, now, done.ids(), done.result(), reach);
                        return answer.answering(
                                new Written(progress, !done.ids().isEmpty()));
                    });
            moved(written.answer().progress());
            tell(written, written.answer().isAnyDone());
        }

        private AnswerWithNotices<RetryCancelPage.Done> change(Session session, List<UUID> ids) throws SQLException {
            return switch (deed.kind()) {
                case RETRY -> AnswerWithNotices.withoutNotices(deeds.pages.retryPlain(session, ids, conditions()));
                case CANCEL -> {
                    AnswerWithNotices<RetryCancelPage.Cancelled> cancelled =
                            deeds.pages.cancelAlone(session, ids, asked::isAbout, deed.locale());
                    if (!cancelled.answer().others().isEmpty()) {
                        throw new RelativesException(cancelled.answer().others());
                    }
                    yield cancelled.answering(cancelled.answer().done());
                }
                case CHANGE ->
                    deeds.changes.change(session, ids, asked::isAbout, Objects.requireNonNull(deed.change()));
            };
        }

        private JobConditions conditions() {
            JobConditions conditions = JobConditions.all(asked.query());
            conditions.add("completed_at <= ?", binder -> binder.time(asked.until()));
            return conditions;
        }

        private void tell(AnswerWithNotices<?> committed, boolean isAnyDone) {
            boolean isDue = deed.kind() == Deed.Kind.RETRY && isAnyDone;
            toTell = toTell.and(committed, true).and(new AnswerWithNotices<>(true, List.of(), isDue), true);
        }

        private void one(UUID id, Reach reach) {
            if (deed.kind() == Deed.Kind.RETRY) {
                retry(id, reach);
            } else {
                cancel(id, reach);
            }
        }

        /** The rest of the transaction that does one job. */
        private final class Writing<T> implements Beside<T> {
            private final UUID job;
            private final Reach reach;
            private final Function<T, BulkResult> result;
            private @Nullable Instant now;
            /** How the act stands after the transaction; null if the job was not done. */
            private @Nullable BulkResult progress;

            Writing(UUID job, Reach reach, Function<T, BulkResult> result) {
                this.job = job;
                this.reach = reach;
                this.result = result;
            }

            @Override
            public void begins(Session session) throws SQLException {
                progress = null;
                now = lock(session);
            }

            @Override
            public void ends(Session session, T answer) throws SQLException {
                BulkResult counted = result.apply(answer);
                List<UUID> done = counted.done() > 0 ? List.of(job) : List.of();
                progress = write(session, Objects.requireNonNull(now), done, counted, reach);
            }
        }

        private void retry(UUID id, Reach reach) {
            Writing<ActResult> writing =
                    new Writing<>(id, reach, answer -> BulkResult.NONE.and(LibraryOnly.KEY, answer));
            AnswerWithNotices<Optional<ActResult>> one =
                    deeds.single.retryIfSelected(database, id, asked::isAbout, writing);
            if (one.answer().isEmpty()) {
                isLocked(reach);
                return;
            }
            ended(writing, reach);
            tell(one, one.answer().get().outcome() == ActResult.Outcome.DONE);
        }

        private void isLocked(Reach reach) {
            locked++;
            leftOut(BulkResult.NONE.and(LibraryOnly.KEY, ActResult.Outcome.LOCKED, 1), reach);
        }

        private void ended(Writing<?> writing, Reach reach) {
            BulkResult progress = writing.progress;
            if (progress == null) {
                leftOut(BulkResult.NONE, reach);
            } else {
                moved(progress);
            }
        }

        private void cancel(UUID id, Reach reach) {
            while (true) {
                Optional<UUID> top =
                        database.read("find job " + id, session -> deeds.pages.top(session, id, asked.query()));
                if (top.isEmpty()) {
                    // It has ended, perhaps with its parent.
                    leftOut(BulkResult.NONE, reach);
                    return;
                }
                Writing<ActResult> writing =
                        new Writing<>(top.get(), reach, answer -> BulkResult.NONE.and(LibraryOnly.KEY, answer));
                Optional<AnswerWithNotices<ActResult>> one = deeds.single.cancelIfSelected(
                        database, top.get(), asked.query()::selects, deed.locale(), writing);
                if (one.isPresent()) {
                    if (one.get().answer().outcome() == ActResult.Outcome.LOCKED) {
                        isLocked(reach);
                    } else {
                        ended(writing, reach);
                        tell(one.get(), false);
                    }
                    return;
                }
                // An ancestor has left the query meanwhile. The job itself may be selected still.
            }
        }
    }
}
