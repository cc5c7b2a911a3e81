package io.forthwith.client;

import io.forthwith.Enqueued;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.ReturningJobType;
import io.forthwith.TypeRef;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.NullRules;
import io.forthwith.json.JobCodec;
import io.forthwith.store.JoinedStore;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Enqueues and reads jobs inside a transaction of yours: what is enqueued here exists if and only if you commit. {@link JobClient} has all
 * else; it works outside of your transaction.
 *
 * <pre>{@code
 * TransactionJobs.of(store.joining(connection)).enqueue(job);
 * connection.commit();
 * store.wake();
 * }</pre>
 *
 * <p>Not thread-safe: use it on the thread of the transaction, and throw it away with it. After a {@link io.forthwith.JobStoreException} roll
 * back. Jobs are enqueued on the calling thread only, because no other thread may use your connection.
 */
public final class TransactionJobs {
    private final JoinedStore joined;
    private final SharedJobCalls calls;

    private TransactionJobs(JoinedStore joined, SharedJobCalls calls) {
        this.joined = joined;
        this.calls = calls;
    }

    /** Jobs of a transaction, with the standard codec. */
    public static TransactionJobs of(JoinedStore joined) {
        NullRules.require(joined, "joined", "give store.joining(connection)");
        return new TransactionJobs(joined, new SharedJobCalls(joined, joined));
    }

    /** Returns the same with another codec: the one that the workers use. */
    public TransactionJobs codec(JobCodec other) {
        return new TransactionJobs(joined, calls.codec(other));
    }

    /** Returns the same with one more interceptor, as {@link JobClient#interceptor} says. */
    public TransactionJobs interceptor(JobInterceptor interceptor) {
        return new TransactionJobs(joined, calls.interceptor(interceptor));
    }

    /**
     * Enqueues a job, as {@link JobClient#enqueue} does. If its id exists or its unique key is taken, that is an answer, and your
     * transaction goes on.
     *
     * @return which job now stands for it, and whether it is new
     * @throws IllegalArgumentException if its input cannot be stored, or a job that it names does not exist; nothing is enqueued
     * @throws IllegalStateException if there is no transaction, because the connection is in auto-commit mode; nothing is enqueued
     * @throws GroupClosedException if it is to be the child of a job that takes no children; nothing is enqueued
     * @throws UniqueKeyTakenException if it belongs to a family or graph, and its unique key is taken; nothing is enqueued
     */
    public Enqueued enqueue(NewJob job) {
        return calls.enqueue(job);
    }

    /**
     * Enqueues jobs, all or none, as {@link JobClient#enqueueAll} does: a parent with its children, a whole graph. A family that is refused
     * leaves your transaction as it was.
     *
     * @return one answer per job, in the same order
     * @throws IllegalArgumentException if an input cannot be stored or the families contradict themselves; nothing is enqueued
     * @throws IllegalStateException if there is no transaction, because the connection is in auto-commit mode; nothing is enqueued
     * @throws GroupClosedException if a job is to be the child of one that is not in the call and takes no children; nothing is enqueued
     * @throws UniqueKeyTakenException if a unique key of a family or graph is taken; nothing is enqueued
     */
    public List<Enqueued> enqueueAll(List<NewJob> jobs) {
        return calls.enqueueAll(jobs);
    }

    /**
     * Makes idle workers look for jobs now and not at their next poll. Call it after your commit; before, they would find nothing. A hint, as
     * {@link JobClient#wake}.
     */
    public void wake() {
        joined.wake();
    }

    /** The job with this id, as your transaction sees it. */
    public Optional<Job> find(UUID id) {
        return joined.find(SharedJobCalls.given(id));
    }

    /** The jobs that a query selects, newest first. It looks at all the jobs it needs, as {@link JobClient#scan} does. */
    public List<Job> scan(JobQuery query) {
        return joined.scan(calls.answerable(query));
    }

    /** How many jobs a query selects. It looks at all of them, as {@link JobClient#countByScan} does. */
    public long countByScan(JobQuery query) {
        return joined.countByScan(calls.answerable(query));
    }

    /** The children of a job in the order in which they were added, without its finisher; read up to 500 at a time while the stream is consumed. */
    public Stream<Job> children(UUID id) {
        return calls.children(id);
    }

    /** The predecessors of a job that still exist, in the order in which the job names them. */
    public List<Job> predecessors(UUID id) {
        return joined.predecessors(SharedJobCalls.given(id));
    }

    /**
     * The jobs that come after a job, because they name it as a predecessor, in the order of their ids.
     *
     * @param atMost how many at the most, 1 to 1,000
     * @throws IllegalArgumentException if {@code atMost} is out of range
     */
    public List<Job> successors(UUID id, int atMost) {
        return joined.successors(SharedJobCalls.given(id), SharedJobCalls.listable(atMost));
    }

    /** The failed attempts of a job, the first one first. */
    public List<FailedAttempt> failures(UUID id) {
        return joined.failures(SharedJobCalls.given(id));
    }

    /** The durable steps of a job in the order in which they were begun, those that were undone included. */
    public List<JobStep> steps(UUID id) {
        return joined.steps(SharedJobCalls.given(id));
    }

    /**
     * Reads the result of a job.
     *
     * @return empty if it has none
     * @throws IllegalArgumentException if the job is of another type
     * @throws io.forthwith.JobException if it does not fit the type
     */
    public <O> Optional<O> resultOf(Job job, ReturningJobType<?, O> type) {
        return calls.resultOf(job, type);
    }

    /**
     * Reads the result of a job.
     *
     * @return empty if it has none
     * @throws io.forthwith.JobException if it does not fit {@code resultClass}
     */
    public <O> Optional<O> resultOf(Job job, Class<O> resultClass) {
        NullRules.require(resultClass, "resultClass", SharedJobCalls.NO_CLASS);
        return resultOf(job, TypeRef.of(resultClass));
    }

    /** Reads the result of a job into a generic type, as {@link #resultOf(Job, Class)} does. */
    public <O> Optional<O> resultOf(Job job, TypeRef<O> type) {
        return calls.resultOf(job, type);
    }
}
