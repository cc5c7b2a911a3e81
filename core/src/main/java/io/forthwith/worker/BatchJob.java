package io.forthwith.worker;

import io.forthwith.JobContext;
import io.forthwith.TypeRef;
import io.forthwith.internal.AttemptWithEnd;
import io.forthwith.internal.NullRules;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One job of a batch: its attempt, its input, and the answer that the call gives for it. Each job must get one answer, {@link #complete} or
 * {@link #fail}, before the call ends. Thread-safe, so the call can answer from threads of its own.
 *
 * @param <I> the input
 * @param <O> the result; {@code Object} if the type of job does not name it
 */
public final class BatchJob<I, O extends @Nullable Object> {
    private final JobContext context;
    private @Nullable I input;
    private boolean isRead;
    private boolean isAnswered;
    private boolean isClosed;
    private @Nullable O result;
    private @Nullable Throwable failure;

    BatchJob(JobContext context) {
        this.context = context;
    }

    /**
     * The attempt of this job alone: its progress, its undo actions, the jobs that it spawns. What it throws is about this job: catch it and
     * give it to {@link #fail}, or it ends the whole call. It runs no durable steps.
     */
    public JobContext context() {
        return context;
    }

    /** The job's id. */
    public UUID id() {
        return context.id();
    }

    /**
     * The input.
     *
     * @throws IllegalStateException if the input cannot be read; a call gets no such job
     */
    @SuppressWarnings("NullAway") // null only if I is Void
    public synchronized I input() {
        if (!isRead) {
            throw new IllegalStateException("The input of job " + id() + " has not been read: see failure()");
        }
        return input;
    }

    /** The job has succeeded, without a result. */
    public void complete() {
        answer(null, null);
    }

    /**
     * The job has succeeded. The value is stored as JSON when the call has ended.
     *
     * @param value the result; null for none
     * @throws IllegalStateException if the job has been answered for, or the call has ended
     */
    public void complete(O value) {
        answer(value, null);
    }

    /**
     * The attempt has failed, for this job alone. What follows is decided as if the processor of a single job had thrown {@code why}: its
     * error classifier and retry policy are asked, and a {@link io.forthwith.NotReadyException} postpones the job.
     *
     * @throws IllegalStateException if the job has been answered for, or the call has ended
     */
    public void fail(Throwable why) {
        answer(null, NullRules.require(why, "why", "give the exception that says why the job has failed"));
    }

    /** The value that the job was completed with; null if there is none. */
    public synchronized @Nullable O result() {
        return result;
    }

    /** Why the attempt has failed; null if the job was completed, or not answered for yet. */
    public synchronized @Nullable Throwable failure() {
        return failure;
    }

    private synchronized void answer(@Nullable O value, @Nullable Throwable why) {
        if (isClosed || isAnswered) {
            throw new IllegalStateException("Job " + id()
                    + (isClosed ? " is answered for too late: its call has ended" : " is answered for twice")
                    + "; answer once for each job, before the call returns");
        }
        isAnswered = true;
        result = value;
        failure = why;
    }

    /** Reads the input; false, and the job has failed, if that is not possible. */
    synchronized boolean read(TypeRef<I> type) {
        try {
            input = context.input(type);
            isRead = true;
        } catch (Throwable unreadable) {
            answer(null, unreadable);
        }
        return isRead;
    }

    /** The call has thrown: that is the answer for a job that has none. */
    synchronized void failUnanswered(Throwable why) {
        if (!isAnswered && !isCompletedInTransaction()) {
            answer(null, why);
        }
    }

    /** Takes the answer back: what ran around the call has failed. Not of a job that is completed: its work is committed. */
    synchronized void failAnyway(Throwable why) {
        if (isCompletedInTransaction()) {
            return;
        }
        isAnswered = true;
        result = null;
        failure = failure == null ? why : failure;
    }

    /** The call has ended. A job without an answer has failed. */
    synchronized void close() {
        if (!isAnswered && !isCompletedInTransaction()) {
            failure = new IllegalStateException(
                    "The batch processor of job type " + context.job().type() + " has given no answer for job " + id()
                            + ": call complete() or fail() for each job of the call");
        }
        isClosed = true;
    }

    private boolean isCompletedInTransaction() {
        return context instanceof AttemptWithEnd ending && ending.isCompletedByProcessor();
    }
}
