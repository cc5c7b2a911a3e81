package io.forthwith.worker;

import io.forthwith.ErrorClassifier;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.ReturningJobType;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.AttemptWithUndos;
import io.forthwith.internal.NullRules;
import io.forthwith.worker.internal.attempt.BatchJobAnswer;
import io.forthwith.worker.internal.attempt.BatchRules;
import io.forthwith.worker.internal.attempt.RegisteredProcessors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Does the work of many jobs of one type in one call, for example one request to a mail service for a hundred mails:
 *
 * <pre>{@code
 * BatchProcessor.of(MAIL, 100, jobs -> {
 *     List<Receipt> receipts = service.send(jobs.stream().map(BatchJob::input).toList());
 *     for (int i = 0; i < jobs.size(); i++) {
 *         jobs.get(i).complete(receipts.get(i));
 *     }
 * })
 * }</pre>
 *
 * <p>Only the call is shared. Each job keeps its own attempts, history, events, retries, time limit and cancellation, and the call answers for
 * each by itself. The answers are stored when the call has ended. If the call throws, that is the failure of each job it has not
 * answered for; those it has answered for keep their answers. A job without an answer fails, as by any error in a processor. A job whose input
 * cannot be read fails without being part of the call.
 *
 * <ul>
 *   <li><b>Slots.</b> A call takes one slot of the worker, however many jobs it has: a worker with a concurrency of 10 makes up to 10 calls at a
 *       time. So it may hold concurrency × {@code maxJobs} inputs in memory. It claims that many only if they are of this type, and renews
 *       its lease on all of them.
 *   <li><b>Time limits.</b> The time limit of each job counts from the begin of the call. A job that exceeds its own fails, alone. The thread is
 *       interrupted when no job of the call is left that can still succeed.
 *   <li><b>Cancellation.</b> Cancelling one job does not interrupt the call. {@link JobContext#isCancelled()} says so, and the answer for that
 *       job is ignored.
 *   <li><b>A worker that dies.</b> Each job of the call is taken over by itself. A job that two workers have died with runs in a call of its
 *       own, so that it does not take others along a third time.
 *   <li><b>Durable steps</b> are refused: a step belongs to one job, and the call to all of them. Give the job's id to the service as its
 *       idempotency key, or spawn a child whose processor has the step.
 *   <li><b>Interceptors</b> run around the call, see {@link JobInterceptor#aroundBatch}. During the call, the MDC has the type of the jobs only.
 * </ul>
 *
 * <p>Immutable and thread-safe; so the work must be, too: several calls can run at a time.
 *
 * @param <I> the input, usually a record
 * @param <O> the result; {@code Object} if the type of job does not name it
 */
public final class BatchProcessor<I, O extends @Nullable Object> {
    private static final int MOST_JOBS = 1_000;
    private static final Duration LONGEST_LINGER = Duration.ofMinutes(1);
    private static final JobInterceptor NOTHING_AROUND = JobInterceptor.of(List.of());

    /** The work of one call. */
    @FunctionalInterface
    public interface Work<I, O extends @Nullable Object> {
        /**
         * Does the work of these jobs and answers for each of them.
         *
         * @param jobs one or more, up to {@code maxJobs}, those that were claimed first in front
         * @throws Exception to fail the attempt of each job without an answer; it is described as an exception of {@link
         *     Processor#process} is
         */
        void process(List<BatchJob<I, O>> jobs) throws Exception;
    }

    private final JobType<I> type;
    private final int maxJobs;
    private final Work<I, O> work;
    private final Duration linger;
    private final RetryPolicy retryPolicy;
    private final ErrorClassifier errorClassifier;
    private final Duration timeLimit;

    private BatchProcessor(
            JobType<I> type,
            int maxJobs,
            Work<I, O> work,
            Duration linger,
            RetryPolicy retryPolicy,
            ErrorClassifier errorClassifier,
            Duration timeLimit) {
        this.type = type;
        this.maxJobs = maxJobs;
        this.work = work;
        this.linger = linger;
        this.retryPolicy = retryPolicy;
        this.errorClassifier = errorClassifier;
        this.timeLimit = timeLimit;
    }

    /**
     * A processor for {@code type} that does not linger, retries as {@link RetryPolicy#exponential()} says, and gives each attempt 10 minutes. A job may have any
     * value as its result.
     *
     * @param maxJobs how many jobs one call may have, 1 to 1,000
     * @throws IllegalArgumentException if {@code maxJobs} is out of range
     */
    public static <I> BatchProcessor<I, Object> of(JobType<I> type, int maxJobs, Work<I, Object> work) {
        return made(type, maxJobs, work);
    }

    /**
     * As {@link #of}, for jobs whose result has the class that the type names: another one does not compile.
     *
     * @param maxJobs how many jobs one call may have, 1 to 1,000
     * @throws IllegalArgumentException if {@code maxJobs} is out of range
     */
    public static <I, O extends @Nullable Object> BatchProcessor<I, O> returning(
            ReturningJobType<I, O> type, int maxJobs, Work<I, O> work) {
        return made(type, maxJobs, work);
    }

    private static <I, O extends @Nullable Object> BatchProcessor<I, O> made(
            JobType<I> type, int maxJobs, Work<I, O> work) {
        NullRules.require(type, "type", "give the JobType of the jobs");
        NullRules.require(work, "work", "give what a call does, for example jobs -> …");
        if (maxJobs < 1 || maxJobs > MOST_JOBS) {
            throw new IllegalArgumentException("A batch of " + maxJobs + " jobs of type " + type.name()
                    + " is out of range: give 1 to " + MOST_JOBS + ", what one claim may bring");
        }
        return new BatchProcessor<>(
                type,
                maxJobs,
                work,
                Duration.ZERO,
                RetryPolicy.exponential(),
                thrown -> null,
                Processor.DEFAULT_TIME_LIMIT);
    }

    /**
     * How long the first job of a call waits for more, if there are fewer than {@code maxJobs}. The worker holds it meanwhile, so this is for
     * moments. By default zero: a call takes what is there, up to {@code maxJobs}, and under load calls are full all the same. {@link
     * Worker#drain()} does not wait.
     *
     * @throws IllegalArgumentException unless it is zero to 1 minute
     */
    public BatchProcessor<I, O> linger(Duration most) {
        NullRules.require(most, "linger", "leave linger() out to take what is there");
        if (most.isNegative() || most.compareTo(LONGEST_LINGER) > 0) {
            throw new IllegalArgumentException("A linger of " + most + " for job type " + type.name()
                    + " is out of range: zero to " + LONGEST_LINGER + "; to run jobs later, enqueue them with a delay");
        }
        return new BatchProcessor<>(type, maxJobs, work, most, retryPolicy, errorClassifier, timeLimit);
    }

    /** When a job is tried again after a retryable failure. By default {@link RetryPolicy#exponential()}. */
    public BatchProcessor<I, O> retryPolicy(RetryPolicy policy) {
        NullRules.require(policy, "retryPolicy", "leave retryPolicy() out for RetryPolicy.exponential()");
        return new BatchProcessor<>(type, maxJobs, work, linger, policy, errorClassifier, timeLimit);
    }

    /** Classifies the errors of this type of job, as {@link Processor#errorClassifier()} does. By default it declines everything. */
    public BatchProcessor<I, O> errorClassifier(ErrorClassifier classifier) {
        NullRules.require(classifier, "errorClassifier", "leave errorClassifier() out for that of the worker");
        return new BatchProcessor<>(type, maxJobs, work, linger, retryPolicy, classifier, timeLimit);
    }

    /**
     * How long an attempt may take, unless {@link io.forthwith.NewJob#timeLimit} says otherwise. By default 10 minutes. When the processor is
     * registered, it must be positive and at most 365 days.
     */
    public BatchProcessor<I, O> timeLimit(Duration limit) {
        NullRules.require(limit, "timeLimit", "leave timeLimit() out for 10 minutes");
        return new BatchProcessor<>(type, maxJobs, work, linger, retryPolicy, errorClassifier, limit);
    }

    /** The type of job that it runs. */
    public JobType<I> type() {
        return type;
    }

    /**
     * Makes one call for these jobs, however many they are, on the current thread: for unit tests, with a {@code FakeJobContext} for each job. A worker does
     * the same, within its interceptors. If a job has failed, its undo actions have run. What the call throws is in the answers.
     *
     * @return the jobs with their answers, in the same order
     */
    public List<BatchJob<I, O>> process(List<? extends JobContext> jobs) {
        NullRules.requireAll(jobs, "jobs", "give the context of each job");
        List<BatchJob<I, O>> answered = call(List.copyOf(jobs), NOTHING_AROUND);
        for (BatchJob<I, O> each : answered) {
            Throwable failure = each.failure();
            if (failure != null) {
                AttemptWithUndos.undoActionsOf(each.context()).run(failure);
            }
        }
        return answered;
    }

    /** Makes one call. Throws nothing: what it would throw is the answer for its jobs. */
    private List<BatchJob<I, O>> call(List<JobContext> contexts, JobInterceptor around) {
        List<BatchJob<I, O>> jobs =
                contexts.stream().map(context -> new BatchJob<I, O>(context)).toList();
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Throwable failure = null;
        try {
            around.aroundBatch(contexts, () -> {
                try {
                    work(jobs);
                } catch (Throwable ofWork) {
                    thrown.set(ofWork);
                    throw ofWork;
                }
                return null;
            });
        } catch (Throwable ofAll) {
            failure = ofAll;
        }
        Throwable ofWork = thrown.get();
        for (BatchJob<I, O> job : jobs) {
            if (ofWork != null) {
                job.failUnanswered(ofWork);
            } else if (failure != null) {
                job.failAnyway(failure);
            }
            job.close();
        }
        return jobs;
    }

    private void work(List<BatchJob<I, O>> jobs) throws Exception {
        List<BatchJob<I, O>> readable =
                jobs.stream().filter(job -> job.read(type.input())).toList();
        if (!readable.isEmpty()) {
            work.process(readable);
        }
    }

    RegisteredProcessors addTo(RegisteredProcessors others) {
        BatchRules rules = new BatchRules(
                type,
                maxJobs,
                linger,
                (contexts, around) -> call(contexts, around).stream()
                        .map(job -> new BatchJobAnswer(job.result(), job.failure()))
                        .toList());
        return others.withBatches(type, new OneByOne(), rules);
    }

    /** Runs one job as a batch of one, for {@link ProcessorRegistry#process}. */
    private final class OneByOne implements Processor {
        @Override
        public @Nullable Object process(JobContext job) throws Exception {
            BatchJob<I, O> answered = call(List.of(job), NOTHING_AROUND).get(0);
            Throwable failure = answered.failure();
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof Exception exception) {
                throw exception;
            }
            if (failure != null) {
                throw new IllegalStateException("Job " + job.id() + " failed", failure);
            }
            return answered.result();
        }

        @Override
        public RetryPolicy retryPolicy() {
            return retryPolicy;
        }

        @Override
        public ErrorClassifier errorClassifier() {
            return errorClassifier;
        }

        @Override
        public Duration timeLimit() {
            return timeLimit;
        }
    }
}
