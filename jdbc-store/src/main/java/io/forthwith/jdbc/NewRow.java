package io.forthwith.jdbc;

import io.forthwith.ChildFailure;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobTies;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailure;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import io.forthwith.store.JobMoves;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A job about to be inserted. */
record NewRow(EncodedJob encoded, JobStatus status, JobTies ties) {
    /**
     * A job of a call.
     *
     * @param last the highest place among the children that its parent has already
     */
    static NewRow of(EncodedJob encoded, Families families, int last) {
        NewJob job = encoded.job();
        JobTies ties = families.ties(job, last);
        return new NewRow(
                encoded, families.status(job), families.hasSuccessors(job.id()) ? ties.withSuccessors() : ties);
    }

    /** The job that it is once it is inserted. */
    Job asJob(JobMoves moves, Families families) {
        return moves.add(encoded, families, 0).toBuilder().ties(ties).build();
    }

    /** Whether it waits for one of those that were added just now, and for nothing else. */
    boolean waitsForSure(Set<UUID> added, Families families) {
        NewJob job = job();
        if (families.isParent(job.id())) {
            return families.hasChildAmong(job.id(), added::contains) || !job.isSealed();
        }
        return job.isSecondPart() || added.containsAll(job.predecessors());
    }

    NewJob job() {
        return encoded.job();
    }

    String input() {
        return encoded.input();
    }

    UUID id() {
        return job().id();
    }

    String type() {
        return job().type().name();
    }

    /** As it is stored: null if it is no parent. */
    @Nullable
    Boolean sealed() {
        return ties.isParent() ? ties.isSealed() : null;
    }

    /** As it is stored: null for the default. */
    @Nullable
    String onChildFailure() {
        return text(ties.onChildFailure());
    }

    static @Nullable String text(ChildFailure policy) {
        return policy == ChildFailure.FAIL_AT_ONCE ? null : policy.text();
    }

    @Nullable
    String onPredecessorFailure() {
        PredecessorFailure policy = ties.onPredecessorFailure();
        return policy == null ? null : policy.text();
    }

    /** The values of the columns in the order in which all dialects insert them; the delay in microseconds. */
    Binder bind(Binder binder) throws SQLException {
        NewJob job = job();
        return binder.id(id())
                .id(job.parentId())
                .text(job.userId())
                .text(job.projectId())
                .text(type())
                .text(job.queue())
                .number(job.priority())
                .text(status.text())
                .micros(job.delay())
                .text(job.uniqueKey())
                .number(job.maxAttempts())
                .millis(job.timeLimit())
                .locale(job.locale())
                .text(input());
    }

    /** The values of the columns that only members of families and graphs have. */
    void bindTies(Binder binder) throws SQLException {
        binder.number(ties.position())
                .flagOrNull(sealed())
                .text(onChildFailure())
                .flag(ties.cancelsSiblings())
                .text(onPredecessorFailure())
                .flag(ties.hasSuccessors());
    }
}
