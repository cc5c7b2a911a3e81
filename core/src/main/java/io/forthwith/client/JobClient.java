package io.forthwith.client;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Enqueued;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.ReturningJobType;
import io.forthwith.TypeRef;
import io.forthwith.event.JobInterceptor;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import io.forthwith.json.JobCodec;
import io.forthwith.limit.Pause;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Enqueues jobs and looks after them; needs no worker in its process. Immutable and thread-safe.
 *
 * <p>A method that throws {@link io.forthwith.JobStoreException} may be called again with the same arguments; in
 * particular, enqueuing the same {@link NewJob} again after a lost answer adds nothing twice as long as the job is there: see {@link
 * io.forthwith.worker.WorkerBuilder#retention}.
 */
public final class JobClient {
    /** How long a thread of {@link #enqueueAsync} waits for more to do. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    /** How many jobs a call for many does at once, if the query does not say how many it may do: what one transaction does well. */
    private static final int BULK_PAGE = 500;

    private final JobStore store;
    private final SharedJobCalls calls;
    private final Locale locale;
    private final EnqueueBatcher enqueuing;
    private final JobAwait waiting;

    private JobClient(JobStore store, SharedJobCalls calls, Locale locale, EnqueueBatcher enqueuing, JobAwait waiting) {
        this.store = store;
        this.calls = calls;
        this.locale = NullRules.require(locale, "locale", "leave locale() out for English");
        this.enqueuing = enqueuing;
        this.waiting = waiting;
    }

    /**
     * A client of {@code store}, speaking English. It uses {@link JobCodec#standard()}, and loads it for the first input or
     * result, unless {@link #codec} replaces it before.
     */
    public static JobClient of(JobStore store) {
        NullRules.require(store, "store", "give the store of the jobs, for example JdbcJobStore.of(dataSource)");
        return new JobClient(
                store,
                new SharedJobCalls(store, store),
                Locale.ENGLISH,
                EnqueueBatcher.of(store, IDLE),
                new JobAwait(store));
    }

    /** Returns the same client with another codec, for example one with a larger limit: the one that the workers use. */
    public JobClient codec(JobCodec other) {
        return new JobClient(store, calls.codec(other), locale, enqueuing, waiting);
    }

    /**
     * Returns the same client with one more interceptor, which is called for each job that is enqueued; the first one that is added is the outermost. By default
     * there are none.
     */
    public JobClient interceptor(JobInterceptor interceptor) {
        return new JobClient(store, calls.interceptor(interceptor), locale, enqueuing, waiting);
    }

    /** Returns the same client in another language: that of the messages for parents without a locale of their own when a child is cancelled. */
    public JobClient locale(Locale other) {
        return new JobClient(store, calls, other, enqueuing, waiting);
    }

    /**
     * Enqueues a job; it is durable when this returns. A child of an open group may be enqueued alone, and so may a job whose predecessors
     * were enqueued before.
     *
     * @return which job now stands for it, and whether it is new
     * @throws IllegalArgumentException if its input cannot be stored, or a job that it names cannot be waited for; nothing is enqueued
     * @throws GroupClosedException if it is to be the child of a job that takes no children; nothing is enqueued
     * @throws UniqueKeyTakenException if its unique key is taken, and it belongs to a family, comes after others, or its key says {@link
     *     io.forthwith.UniqueKey#reject}; nothing is enqueued
     */
    public Enqueued enqueue(NewJob job) {
        return calls.enqueue(job);
    }

    /**
     * Enqueues jobs, all or nothing: a parent with its children, a whole graph.
     *
     * @return one answer per job, in the same order
     * @throws UniqueKeyTakenException if the unique key of one of the jobs is taken, and the call holds a family or a graph, or that key says
     *     {@link io.forthwith.UniqueKey#reject}; nothing is enqueued
     * @throws GroupClosedException if a job is to be the child of one that is not in the call and takes no children; nothing is
     *     enqueued
     * @throws IllegalArgumentException if an input cannot be stored, the families are not well-formed, a job comes after one that does not
     *     exist, or would wait for itself, naming the job and the rule; nothing is enqueued
     */
    public List<Enqueued> enqueueAll(List<NewJob> jobs) {
        return calls.enqueueAll(jobs);
    }

    /**
     * Makes idle workers look for jobs now and not at their next poll, as after {@link #enqueue}. Call it after you have committed a
     * transaction in which jobs were enqueued by {@link TransactionJobs}. A hint, which costs little and may get lost; it throws nothing if
     * the store cannot be reached. Workers in other processes hear of it if the store tells them of new jobs.
     */
    public void wake() {
        store.wake();
    }

    /**
     * Enqueues a job together with the jobs that other threads enqueue by this client, or a copy of it, at the same moment: all jobs that
     * were submitted during one call to the store go into the next call, so that many share one commit. No job waits for others.
     *
     * <p>The future completes when the job is durable, with what {@link #enqueue} would return, or with the exception it would throw; a job
     * that cannot be enqueued does not harm the others. Cancelling the future changes nothing. If the process ends before that, the job may
     * or may not be there: enqueue the same {@link NewJob} again. Jobs with relatives are written one by one; {@link #enqueueAll} adds a
     * family in one call.
     *
     * <p>Callbacks of the future run on one of four threads of this client. A slow callback delays other futures; give it an executor of its
     * own. The threads are daemons and end when they have been idle for 5 seconds; nothing has to be closed.
     *
     * <p>While 10,000 jobs, or fewer large ones, are under way, it waits. If the calling thread is interrupted then, the job is not enqueued, the thread
     * stays interrupted, and the future has failed with an {@link InterruptedException}.
     *
     * @throws IllegalArgumentException if its input cannot be stored, naming the rule
     * @throws IllegalStateException if the store would add it in a transaction of yours: use {@link #enqueue} there
     */
    public CompletableFuture<Enqueued> enqueueAsync(NewJob job) {
        if (store.isInTransaction()) {
            throw new IllegalStateException(
                    "This store adds jobs within your transaction, on your thread and connection; use enqueue or enqueueAll");
        }
        return enqueuing.submit(calls.encode(job));
    }

    /**
     * Seals a group that was enqueued {@linkplain NewJob#unsealed() unsealed}: it takes no more children. It ends with the last of its
     * children, at once if none of them is open. If it has a finisher, the finisher runs then and ends the group. Any process may seal a
     * group; sealing it again does nothing.
     *
     * @return {@code DONE}, {@code ALREADY_SEALED} if it was before, {@code NOT_A_GROUP}, or {@code NOT_FOUND}
     */
    public ActResult seal(UUID id) {
        return store.seal(SharedJobCalls.given(id), locale);
    }

    /**
     * The children of a job in the order in which they were added, without its finisher. They are read while the stream is consumed, up to 500 at a
     * time; each is as it was when it was read.
     */
    public Stream<Job> children(UUID id) {
        return calls.children(id);
    }

    /** The predecessors of a job, in the order in which it names them; purged jobs are missing. */
    public List<Job> predecessors(UUID id) {
        return store.predecessors(SharedJobCalls.given(id));
    }

    /**
     * The jobs that come after a job, because they name it as a predecessor, in the order of their ids.
     *
     * @param atMost how many at the most, 1 to 1,000
     * @throws IllegalArgumentException if {@code atMost} is out of range
     */
    public List<Job> successors(UUID id, int atMost) {
        return store.successors(SharedJobCalls.given(id), SharedJobCalls.listable(atMost));
    }

    /** The job with this id, with its last failure; {@link #failures} has all of them. */
    public Optional<Job> find(UUID id) {
        return store.find(SharedJobCalls.given(id));
    }

    /**
     * The failed attempts of a job, the first one first, with exception class and stack trace, which are not for its user. Empty if it has
     * none, or there is no such job.
     */
    public List<FailedAttempt> failures(UUID id) {
        return store.failures(SharedJobCalls.given(id));
    }

    /** The durable steps of a job in the order in which they were begun, those that were undone included. */
    public List<JobStep> steps(UUID id) {
        return store.steps(SharedJobCalls.given(id));
    }

    /**
     * The jobs that a query selects, newest first, with their inputs and results. It looks at jobs until it has as many as {@link
     * JobQuery#atMost()} says: if few of many match, that is all of them, which may take minutes in a large table. {@link #search} ends soon.
     */
    public List<Job> scan(JobQuery query) {
        return store.scan(calls.answerable(query));
    }

    /**
     * Declares limits, changes what holds for single keys, and says how they stand.
     *
     * @throws UnsupportedOperationException if the store has no limits
     */
    public Limits limits() {
        return new Limits(store.limits()
                .orElseThrow(() -> new UnsupportedOperationException(
                        "This store has no limits: it does not override JobStore.limits()")));
    }

    /**
     * Stores schedules and looks after them.
     *
     * @throws UnsupportedOperationException if the store has no schedules
     */
    public ScheduleClient schedules() {
        return new ScheduleClient(
                store.schedules()
                        .orElseThrow(() -> new UnsupportedOperationException(
                                "This store has no schedules: it does not override JobStore.schedules()")),
                calls.json());
    }

    /** How many jobs a query selects. It looks at all of them, which may take minutes in a large table. {@link #countUpTo} ends soon. */
    public long countByScan(JobQuery query) {
        return store.countByScan(calls.answerable(query));
    }

    /**
     * Looks for the jobs that a query selects, newest first, as {@link #scan} does, but ends soon however many jobs there are: it looks at {@value
     * JobPage#MOST_LOOKED_AT} at most, of a label at half as many (a store may look at as many more for each end that a span of time has), and leaves inputs and
     * results out. {@link JobPage#next} goes on: a list for people shows until when it has searched.
     *
     * <p>With {@link JobQuery#since}, a job may be left out whose id was made more than an hour before it was enqueued.
     */
    public JobPage search(JobQuery query) {
        return store.search(calls.answerable(query), looks(query));
    }

    /**
     * Counts the jobs that a query selects, up to a number. It ends soon however many jobs there are, because it looks at {@value
     * JobPage#MOST_LOOKED_AT} at most, as {@link #search} does; the answer says whether these were all.
     *
     * @param atMost where to stop counting, 1 or more
     */
    public BoundedCount countUpTo(JobQuery query, int atMost) {
        calls.answerable(query);
        if (atMost < 1) {
            throw new IllegalArgumentException("Cannot count up to " + atMost + ": give 1 or more");
        }
        return store.countUpTo(query, atMost, looks(query));
    }

    /** How many jobs one call looks at: each of a label costs two looks, at the label and at the job. */
    private static int looks(JobQuery query) {
        return query.label() == null ? JobPage.MOST_LOOKED_AT : JobPage.MOST_LOOKED_AT / 2;
    }

    /**
     * The workers of all processes, the one that registered first at the front: what each serves, how many jobs it holds, when it last sent a
     * heartbeat. One that has died is listed as {@linkplain RegisteredWorker#isAlive not alive} until another worker has taken over its jobs.
     * Numbers of jobs are as old as the last heartbeat, by default up to 5 s.
     */
    public List<RegisteredWorker> workers() {
        return store.workers();
    }

    /**
     * How the queues stand: how many jobs are due, scheduled and running, how long the oldest one has waited, and whether the queue is paused.
     * All queues that have pending or processing jobs, are paused, or are served by a living worker, in the order of their names, also those
     * of undo jobs, {@code undo:} and a type; of hundreds, some may be left out. {@link QueueState} says up to which number they are counted, so the call is short however full the queues are.
     */
    public List<QueueState> queues() {
        Map<String, QueueState> states = new TreeMap<>();
        store.queues().forEach(state -> states.put(state.queue(), state));
        // Hundreds of workers may serve the same hundred queues.
        Set<String> served = new HashSet<>();
        List<String> before = List.of();
        for (RegisteredWorker worker : store.workers()) {
            WorkerInfo.Serves serves = worker.info().serves();
            if (serves != null && worker.isAlive() && !serves.queues().equals(before)) {
                before = serves.queues();
                served.addAll(before);
            }
        }
        served.remove(WorkerInfo.Serves.CUT);
        served.forEach(queue -> states.putIfAbsent(queue, QueueState.empty(queue, null)));
        return List.copyOf(states.values());
    }

    /**
     * How many attempts ended in each minute, of each queue and type, how they ended, and how long they had waited and run; by time. Minutes that are more
     * than one to two hours old are added up to hours, which are kept for 30 days. Each worker writes what it has counted once a minute, so the last minute is not
     * complete, and a process that is killed loses up to a minute. Counts stay when jobs are purged.
     *
     * @param from the earliest beginning of a minute or hour, by the clock of the store
     * @param to the end, not included
     * @throws UnsupportedOperationException if the store does not keep it
     */
    public List<JobOutcomes> outcomes(Instant from, Instant to) {
        NullRules.require(from, "from", "give the beginning, for example an hour ago");
        NullRules.require(to, "to", "give the end, for example now");
        return store.outcomes()
                .orElseThrow(() -> new UnsupportedOperationException(
                        "This store does not count outcomes: it does not override JobStore.outcomes()"))
                .read(from, to);
    }

    /**
     * The names of metadata by which {@link JobQuery#label} finds jobs, as they were declared to the stores of all processes, with the time since which
     * jobs have such labels.
     *
     * @throws UnsupportedOperationException if the store has no labels
     */
    public List<LabelName> labels() {
        return store.labels()
                .orElseThrow(() -> new UnsupportedOperationException(
                        "This store has no labels: it does not override JobReads.labels()"))
                .names();
    }

    /**
     * Why a job does not run: what keeps it, in the order in which it matters, each with its evidence and with what to do about it. For a job
     * that runs or has ended, that.
     *
     * <p>One look takes at most ten statements and changes nothing. Others go on meanwhile, so the answer may be over when it is read; if the
     * job itself changes, it looks again, up to three times. In a transaction of the application it sees what is committed: a job that the
     * transaction itself has enqueued is not there yet.
     */
    public Diagnosis why(UUID id) {
        return new Diagnosing(store).why(SharedJobCalls.given(id));
    }

    /**
     * Cancels a job. A pending or waiting job, also one that waits for its next try, is cancelled when this returns
     * ({@link ActResult.Outcome#DONE}).
     *
     * <p>A running job is asked to stop ({@link ActResult.Outcome#REQUESTED}). It will end as cancelled, whatever its processor returns or throws
     * from now on, and its durable steps are undone. A worker with the same store object interrupts it at once, another worker with its
     * next heartbeat. If the processor has not returned 5 seconds later, the job ends without it.
     *
     * <p>With a waiting parent, everything below it that is open is cancelled in the same way. The successors of a cancelled job follow as
     * {@link NewJob#onPredecessorFailure} says, its own parent as {@link NewJob#onChildFailure} says.
     *
     * <p>A job that has ended stays as it is ({@link ActResult.Outcome#ENDED}), and so does an undo job
     * ({@link ActResult.Outcome#UNDO_JOB}). {@link ActResult.Outcome#NOT_FOUND} says that there is no such job. Asking again changes nothing.
     *
     * <p>If another transaction keeps the job locked, or a relative that changes with it, this waits for a second, and nothing changes ({@link ActResult.Outcome#LOCKED}).
     *
     * @throws io.forthwith.JobStoreException if the store cannot be asked
     */
    public ActResult cancel(UUID id) {
        return store.cancel(SharedJobCalls.given(id), locale);
    }

    /**
     * Retries a failed or cancelled job by hand. It is due at once, and has all its attempts again.
     *
     * <p>A parent waits again and keeps the result of its own part, which is not done again. Its children that failed or were cancelled are
     * retried with it; the others stay as they are. The failed and cancelled predecessors are retried too, unless the job runs without
     * them. A child that is retried alone does not reopen its parent; a finisher does.
     *
     * <p>The answer {@code UNDO_OPEN} says that durable steps of this job, or of one that would be retried with it, are still to be undone:
     * try again when the job {@link ActResult#conflictingId} has completed. {@code KEY_TAKEN} names the open job that holds the unique key of
     * one of them.
     */
    public ActResult retry(UUID id) {
        return store.retry(SharedJobCalls.given(id));
    }

    /**
     * Changes when a job is due, its priority or its queue. The time of a pending job can be changed, also of one that waits for its next try;
     * a running or waiting one is left as it is, and the answer says so. Priority and queue of any open job can be changed; for a running job
     * they count from its next attempt on. If it is due, idle workers look for it at once.
     *
     * @throws IllegalArgumentException if the change is empty
     */
    public ActResult change(UUID id, JobChange change) {
        return store.change(SharedJobCalls.given(id), given(change));
    }

    /**
     * Retries all failed and cancelled jobs that a query selects, newest first, each as {@link #retry(UUID)} would, page by
     * page. A job that cannot be retried is left as it is and counted.
     *
     * <p>A job that fails again meanwhile is not retried a second time, except a child together with its parent. If a page cannot be written, the pages
     * before it stay written; calling again retries the jobs that are left, and those that failed again. If the calling thread is interrupted, it ends
     * after a page, and {@link BulkResult#next} says where to go on.
     *
     * @param query all that it selects, or {@linkplain JobQuery#atMost(int) at most} so many, {@link BulkResult#next} then says where to go on; without a status it means failed and cancelled jobs
     * @return how many were retried, and how many were left as they are
     * @throws IllegalArgumentException if it names a status other than failed and cancelled; nothing is changed
     */
    public BulkResult retryAll(JobQuery query) {
        return allPages(query, store::retryPage);
    }

    /**
     * Cancels all open jobs that a query selects, each as {@link #cancel(UUID)} would, page by page, as {@link #retryAll} goes. A child whose waiting parent is selected too is cancelled with it, so the parent does not fail.
     *
     * @param query all that it selects, or {@linkplain JobQuery#atMost(int) at most} so many, {@link BulkResult#next} then says where to go on; without a status it means pending, running and waiting jobs
     * @return how many were cancelled or asked to stop, and how many were left as they are
     * @throws IllegalArgumentException if it names a status in which jobs have ended; nothing is changed
     */
    public BulkResult cancelAll(JobQuery query) {
        return allPages(query, page -> store.cancelPage(page, locale));
    }

    /**
     * Changes all open jobs that a query selects, newest first, each as {@link #change(UUID, JobChange)} would, page by page, as {@link #retryAll}
     * goes. A job is changed once, also if it is still, or again, one that the query selects.
     *
     * @param query all that it selects, or {@linkplain JobQuery#atMost(int) at most} so many, {@link BulkResult#next} then says where to go on; without a status it means pending, running and waiting jobs
     * @return how many were changed, and how many were left as they are
     * @throws IllegalArgumentException if it names a status in which jobs have ended, or the change is empty; nothing is changed
     */
    public BulkResult changeAll(JobQuery query, JobChange change) {
        JobChange some = given(change);
        return allPages(query, page -> store.changePage(page, some));
    }

    private static JobChange given(@Nullable JobChange change) {
        return NullRules.require(change, "change", "set what to change with JobChange.of()")
                .notEmpty();
    }

    private BulkResult allPages(JobQuery query, Function<JobQuery, BulkResult> page) {
        JobQuery asked = calls.answerable(query);
        JobQuery pages = asked.hasAtMost() ? asked : asked.atMost(BULK_PAGE);
        BulkResult all = page.apply(pages);
        for (UUID next = all.next();
                next != null && !asked.hasAtMost() && !Thread.currentThread().isInterrupted();
                next = all.next()) {
            all = all.and(LibraryOnly.KEY, page.apply(pages.before(next)));
        }
        return all;
    }

    /**
     * Pauses a queue: from now on no worker of any process gets a job of it, until {@link #resumeQueue}. Jobs that a worker has already got go
     * on; those that wait in its buffer begin within half a second. Jobs can be enqueued, retried and cancelled as before, and those that
     * fail wait in the queue for their next try. An undo job is run also if the queue of its job is paused.
     *
     * <p>If the queue is paused already, the first pause stands, and the answer is that one.
     *
     * @param queue its name; it need not have jobs
     * @param pause who pauses it, and why, as {@link #pausedQueues} shows it: {@code Pause.by("ada").because("The mail server is down")}
     * @return the pause that holds now
     * @throws IllegalArgumentException if the name is not valid, or begins with {@code undo:}; nothing is changed
     */
    public Pause pauseQueue(String queue, Pause pause) {
        NullRules.require(pause, "pause", "give Pause.by(name), or Pause.of()");
        return store.pauseQueue(NameRules.requireOwn("Queue", queue), pause);
    }

    /**
     * Resumes a queue. Idle workers look for its jobs at once, or at their next poll if the store does not tell them of new jobs.
     *
     * @return whether it was paused
     * @throws IllegalArgumentException if the name is not valid, or begins with {@code undo:}
     */
    public boolean resumeQueue(String queue) {
        return store.resumeQueue(NameRules.requireOwn("Queue", queue));
    }

    /** The queues that are paused, in the order of their names. */
    public List<PausedQueue> pausedQueues() {
        return store.pausedQueues();
    }

    /**
     * Waits until a job has ended. It reads the row of the job, so it is not for jobs that are deleted when they complete ({@link
     * io.forthwith.worker.WorkerBuilder#retention}): for these it can only say that there is no such job.
     *
     * @param timeout the longest wait; zero reads once
     * @return the job, ended; empty if it is still open after the timeout
     * @throws IllegalArgumentException if there is no such job, or it was deleted
     * @throws InterruptedException if the calling thread is interrupted
     */
    public Optional<Job> await(UUID id, Duration timeout) throws InterruptedException {
        Job job = waiting.lookUntilEnded(id, timeout);
        return job.status().isFinal() ? Optional.of(job) : Optional.empty();
    }

    /**
     * Enqueues a job, waits until it has completed, and reads its result: {@link #enqueue} and {@link #awaitResult} in one call. Do not call it in a transaction
     * of yours: no worker sees the job before your commit. Nor in a processor: it holds a slot while it waits, and if all slots wait nobody runs the job.
     *
     * @param timeout the longest wait; after it the job is still there, and {@link JobNotCompletedException#jobId} says which it is
     * @return its result; empty if it has none
     * @throws JobNotCompletedException if it failed, was cancelled, or is still open after the timeout; then the
     *     message says what it waits for
     * @throws IllegalArgumentException if its input cannot be stored; nothing is enqueued
     * @throws IllegalStateException if the store would add it in a transaction of yours; nothing is enqueued
     * @throws io.forthwith.JobException if the result does not fit the type
     * @throws InterruptedException if the calling thread is interrupted; the job goes on
     */
    public <I, O> Optional<O> run(ReturningJobType<I, O> type, I input, Duration timeout) throws InterruptedException {
        return run(NewJob.of(NullRules.require(type, "type", SharedJobCalls.NO_TYPE), input), type, timeout);
    }

    /** Enqueues a job without input, waits until it has completed, and reads its result, as {@link #run(ReturningJobType, Object, Duration)} does. */
    public <O> Optional<O> run(ReturningJobType<Void, O> type, Duration timeout) throws InterruptedException {
        return run(NewJob.of(NullRules.require(type, "type", SharedJobCalls.NO_TYPE)), type, timeout);
    }

    private <O> Optional<O> run(NewJob job, ReturningJobType<?, O> type, Duration timeout) throws InterruptedException {
        NullRules.require(timeout, "timeout", JobAwait.NO_TIMEOUT);
        if (store.isInTransaction()) {
            throw new IllegalStateException(
                    "Cannot wait for a job of type " + type.name()
                            + " in your transaction: no worker sees it before your commit. Enqueue it, commit, and call awaitResult");
        }
        return awaitResult(enqueue(job).id(), type, timeout);
    }

    /**
     * Waits until a job has completed and reads its result.
     *
     * @param type the type of the job
     * @param timeout the longest wait
     * @return its result; empty if it has none
     * @throws JobNotCompletedException if it failed, was cancelled, or is still open after the timeout; then the
     *     message says what it waits for
     * @throws IllegalArgumentException if there is no such job, or it was deleted, or it is of another type
     * @throws io.forthwith.JobException if the result does not fit the type
     * @throws InterruptedException if the calling thread is interrupted
     */
    public <O> Optional<O> awaitResult(UUID id, ReturningJobType<?, O> type, Duration timeout)
            throws InterruptedException {
        NullRules.require(type, "type", SharedJobCalls.NO_TYPE);
        return resultOf(completed(id, timeout), type);
    }

    /** Waits until a job has completed and reads its result as this class, as {@link #awaitResult(UUID, ReturningJobType, Duration)} does. */
    public <O> Optional<O> awaitResult(UUID id, Class<O> resultClass, Duration timeout) throws InterruptedException {
        NullRules.require(resultClass, "resultClass", SharedJobCalls.NO_CLASS);
        return awaitResult(id, TypeRef.of(resultClass), timeout);
    }

    /** Waits until a job has completed and reads its result as a generic type, as {@link #awaitResult(UUID, ReturningJobType, Duration)} does. */
    public <O> Optional<O> awaitResult(UUID id, TypeRef<O> result, Duration timeout) throws InterruptedException {
        NullRules.require(result, "result", SharedJobCalls.NO_TYPE);
        return resultOf(completed(id, timeout), result);
    }

    private Job completed(UUID id, Duration timeout) throws InterruptedException {
        Job job = waiting.lookUntilEnded(id, timeout);
        if (!job.status().isFinal()) {
            throw JobNotCompletedException.stillOpen(job, timeout);
        }
        if (job.status() != JobStatus.COMPLETED) {
            throw JobNotCompletedException.ended(job);
        }
        return job;
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
