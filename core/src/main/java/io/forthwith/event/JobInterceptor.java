package io.forthwith.event;

import io.forthwith.JobContext;
import io.forthwith.NewJob;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Runs code when a job is enqueued and around each attempt: for what must be in force while a processor runs, such as a tenant, a trace or a
 * security context, which a {@link JobListener} cannot hold. Give the same interceptor to the client, which calls {@link #onEnqueue}, and to
 * the worker, which calls both. An implementation must be thread-safe.
 *
 * <p>Of several, the one that was given first is the outermost: its {@link #onEnqueue} is called first, and its {@link #around} begins
 * first and ends last. Without interceptors an attempt costs nothing more.
 *
 * <pre>{@code
 * class TenantInterceptor implements JobInterceptor {
 *     @Override public NewJob onEnqueue(NewJob job) {
 *         return job.metadata("tenant", Tenants.current());
 *     }
 *     @Override public Object around(JobContext context, Callable<Object> attempt) throws Exception {
 *         return Tenants.callAs(context.job().metadata().get("tenant"), attempt);
 *     }
 * }
 * }</pre>
 */
public interface JobInterceptor {
    /**
     * Adds to a job before it is enqueued by a client, in a transaction, or spawned by a processor: usually {@linkplain NewJob#metadata(String,
     * String) metadata}. It is called on the thread that enqueues or spawns, before the store is asked; the store may still refuse the job,
     * or know it already. It is not called for runs of a schedule, which have the metadata of their schedule, and not for undo jobs, which have
     * those of the job they undo.
     *
     * <p>What it throws reaches the caller, and nothing is enqueued. By default it returns the job as it is.
     *
     * @return the job, or a changed one with the same id, type, input and relatives
     */
    default NewJob onEnqueue(NewJob job) {
        return job;
    }

    /**
     * Runs one attempt, on the thread of the processor. An implementation calls {@code attempt} once, and returns what it returns or throws
     * what it throws. If it returns another value, that is the result of the processor; if it does not call {@code attempt}, the processor
     * does not run. What the processor has thrown is the failure of the attempt, also if an interceptor catches it or throws another exception. Undo jobs
     * come this way too. By default it calls {@code attempt}.
     *
     * <p>What it throws is a failure of the attempt, like an exception of the processor, also if the processor has succeeded before: the undo
     * actions of {@link JobContext#onFailure} run then. It comes before the time limit is tested, so its time counts.
     *
     * @param context the attempt
     * @param attempt runs the rest: the next interceptor, at last the processor
     */
    default @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
        return attempt.call();
    }

    /**
     * Runs one call for many jobs, on the thread of a batch processor, instead of {@link #around} for each. An implementation calls {@code call}
     * once, which runs the rest and returns null, or throws what the work has thrown. What an interceptor throws is the failure of each
     * job of the call, if the work has not failed by itself.
     *
     * <p>By default it refuses: the tenant or the user of one job must not be in force while the call works for another, so each interceptor has
     * to say what it does. To do nothing around batches, return {@code call.call()}. A worker asks this when it is built, by a call
     * with no jobs, if one of its processors runs batches.
     *
     * @param jobs the attempts; none if the worker only asks
     * @throws UnsupportedOperationException if it does not run around batches
     */
    default @Nullable Object aroundBatch(List<JobContext> jobs, Callable<@Nullable Object> call) throws Exception {
        throw new UnsupportedOperationException("The interceptor " + getClass().getName()
                + " runs around single jobs and does not say what it does around a batch: override aroundBatch");
    }

    /** Several interceptors as one, the first one outermost. */
    static JobInterceptor of(List<JobInterceptor> interceptors) {
        return InterceptorChain.of(interceptors);
    }
}
