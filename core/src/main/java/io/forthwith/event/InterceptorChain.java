package io.forthwith.event;

import io.forthwith.JobContext;
import io.forthwith.NewJob;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Interceptors, the first one outermost. Immutable. */
record InterceptorChain(List<JobInterceptor> all) implements JobInterceptor {
    private static final InterceptorChain NONE = new InterceptorChain(List.of());

    static InterceptorChain of(List<JobInterceptor> interceptors) {
        return interceptors.isEmpty() ? NONE : new InterceptorChain(List.copyOf(interceptors));
    }

    @Override
    public NewJob onEnqueue(NewJob job) {
        NewJob changed = job;
        for (JobInterceptor each : all) {
            changed = checked(each, job, each.onEnqueue(changed));
        }
        return changed;
    }

    /** A job with another identity would be enqueued unseen by those who rely on the id or the family that they have built. */
    private static NewJob checked(JobInterceptor each, NewJob job, @Nullable NewJob changed) {
        if (changed == null) {
            throw new IllegalStateException("The interceptor " + each.getClass().getName() + " returned null for " + job
                    + ": return the job that onEnqueue was given, or a changed one");
        }
        if (changed != job
                && !(changed.id().equals(job.id())
                        && changed.type().equals(job.type())
                        && changed.input() == job.input()
                        && isSameFamily(job, changed))) {
            throw new IllegalStateException("The interceptor " + each.getClass().getName()
                    + " returned another job than " + job + ": keep the id, the type, the input and the relatives");
        }
        return changed;
    }

    private static boolean isSameFamily(NewJob a, NewJob b) {
        return a.isFinisher() == b.isFinisher()
                && a.isSealed() == b.isSealed()
                && a.predecessors().equals(b.predecessors())
                && (a.parentId() == null ? b.parentId() == null : a.parentId().equals(b.parentId()));
    }

    @Override
    public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
        return all.isEmpty() ? attempt.call() : around(0, context, attempt);
    }

    private @Nullable Object around(int index, JobContext context, Callable<@Nullable Object> attempt)
            throws Exception {
        return index == all.size()
                ? attempt.call()
                : all.get(index).around(context, once(() -> around(index + 1, context, attempt)));
    }

    @Override
    public @Nullable Object aroundBatch(List<JobContext> jobs, Callable<@Nullable Object> call) throws Exception {
        return aroundBatch(0, jobs, call);
    }

    private @Nullable Object aroundBatch(int index, List<JobContext> jobs, Callable<@Nullable Object> call)
            throws Exception {
        return index == all.size()
                ? call.call()
                : all.get(index).aroundBatch(jobs, once(() -> aroundBatch(index + 1, jobs, call)));
    }

    private static Callable<@Nullable Object> once(Callable<@Nullable Object> rest) {
        AtomicBoolean called = new AtomicBoolean();
        return () -> {
            if (called.getAndSet(true)) {
                throw new IllegalStateException("An interceptor called the attempt a second time: call it once");
            }
            return rest.call();
        };
    }
}
