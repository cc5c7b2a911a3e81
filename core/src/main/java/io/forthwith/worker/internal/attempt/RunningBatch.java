package io.forthwith.worker.internal.attempt;

import io.forthwith.event.JobInterceptor;
import java.util.List;
import java.util.function.Supplier;

/** Jobs that run together in one call, on one thread. The claim and the end of each are its own. Thread-safe. */
public final class RunningBatch implements SlotWork {
    private final BatchRules rules;
    private final List<RunningJob> jobs;
    private final AttemptThread thread;

    public RunningBatch(BatchRules rules, List<RunningJob> jobs) {
        this.rules = rules;
        this.jobs = List.copyOf(jobs);
        this.thread = new AttemptThread(this.jobs);
    }

    /** The jobs that were taken for it; some may not begin. */
    public List<RunningJob> jobs() {
        return jobs;
    }

    /** As {@link RunningJob#begin}, on the thread of the batch. */
    public boolean begin(RunningJob run, long nowNanos) {
        return run.beginOn(thread, nowNanos);
    }

    /** Only these have begun. */
    public void begun(List<RunningJob> begun) {
        thread.runs(begun);
    }

    /** Makes the call. */
    public List<BatchJobAnswer> call(List<RunningJob> begun, JobInterceptor around) {
        return rules.call().run(List.copyOf(begun), around);
    }

    /** Does something that must not be interrupted, such as undo actions. */
    public <T> T shielded(Supplier<T> action) {
        return thread.shielded(action);
    }

    @Override
    public boolean isAbandoned() {
        return thread.isAbandoned();
    }
}
