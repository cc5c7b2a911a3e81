package io.forthwith.worker.internal.attempt;

import io.forthwith.JobException;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.Step;
import io.forthwith.internal.NullRules;
import io.forthwith.json.internal.JobJson;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.worker.internal.loop.Ticker;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Runs durable steps. It stores the beginning before the action and the result after it, both only while the claim
 * holds. For an undo job it undoes the steps, the last one first. Thread-safe.
 */
public final class DurableStepRunner {
    /** How often to try to store a result when the attempt is over. */
    private static final int TRIES_IN_A_HURRY = 3;

    private final JobStore store;
    private final RegisteredProcessors processors;
    private final JobJson json;
    private final StoreRetry storeRetry;
    private final Ticker ticker;

    public DurableStepRunner(
            JobStore store, RegisteredProcessors processors, JobJson json, StoreRetry storeRetry, Ticker ticker) {
        this.store = store;
        this.processors = processors;
        this.json = json;
        this.storeRetry = storeRetry;
        this.ticker = ticker;
    }

    <R extends @Nullable Object> R run(RunningJob run, Step<R> step, String part, Step.Action<R> action)
            throws Exception {
        NullRules.require(step, "step", "give a step that the processor has declared as a field");
        NullRules.require(part, "part", "leave it out for a step of one part");
        NullRules.require(action, "action", "give what the step does");
        requireDeclared(run, step);
        // Set before begin looks whether the job is settled. The thread that settles the job does it in the other
        // order: it marks the job as settled and then reads this. So at least one of the two threads sees the other.
        run.mayHaveSteps();
        StepName name = new StepName(step.name(), part);
        boolean hasUndo = step.undo() != null;
        if (hasUndo) {
            // Set before the call, because its answer may be lost.
            run.mayHaveUndo();
        }
        StepBegun answer = begin(run, name, hasUndo);
        JobStep begun = answer.step().orElseThrow(() -> refused(run, answer.outcome()));
        if (begun.isFinished()) {
            return decoded(step, begun.result());
        }
        String json = encoded(run, step, action.run(begun.key()));
        // Read back, so that this attempt gets what a later one would get. A value that JSON does not keep is noticed
        // now, not at the first retry.
        R result = decoded(step, json);
        finish(run, name, json);
        return result;
    }

    private void requireDeclared(RunningJob run, Step<?> step) {
        if (processors.batches(run.job()) != null) {
            throw new IllegalArgumentException(
                    "Step \"" + step.name() + "\" cannot run: jobs of type "
                            + run.job().type()
                            + " run in batches, and a step belongs to one job, but the call to all of them;"
                            + " give the job's id to the service as its idempotency key, or spawn a child whose processor has the step");
        }
        if (processors.steps(run.job().type()).get(step.name()) != step) {
            throw new IllegalArgumentException(
                    "Step \"" + step.name() + "\" is not declared by the processor of job type "
                            + run.job().type()
                            + ", so no worker could undo it: declare it with step(…) in a"
                            + " field or the constructor, or return it"
                            + " from Processor.steps()");
        }
    }

    private StepBegun begin(RunningJob run, StepName name, boolean hasUndo) {
        String missed = "step " + name + " is not begun";
        return storeRetry.call(run, missed, () -> {
            if (!run.isOpen()) {
                throw new CancellationException("Job " + run.job().id() + " has been settled: " + missed);
            }
            return store.beginStep(run.claim(), name, hasUndo);
        });
    }

    private void finish(RunningJob run, StepName name, @Nullable String result) {
        // Without interrupts: the result of an action that has happened must be stored, above all if the job is about
        // to end.
        Settled answer = run.thread().shielded(() -> stored(run, name, result));
        if (answer == Settled.LOST) {
            throw refused(run, answer);
        }
    }

    private Settled stored(RunningJob run, StepName name, @Nullable String result) {
        for (int tries = 1; ; tries++) {
            try {
                return store.finishStep(run.claim(), name, result);
            } catch (JobStoreException unreachable) {
                if (unreachable.kind() == JobStoreException.Kind.PERMANENT) {
                    throw run.unstorable(unreachable);
                }
                if (run.shouldEndSoon() && tries >= TRIES_IN_A_HURRY) {
                    throw JobException.retryable("The result of step " + name + " could not be stored")
                            .causedBy(unreachable);
                }
                run.thread().rest(storeRetry.after(tries));
            }
        }
    }

    /**
     * Undoes the steps that belong to an undo job, the last one first. Stops at the first one that cannot be undone.
     */
    void undo(RunningJob run, UUID jobId, Map<String, Step<?>> declared) throws Exception {
        List<JobStep> steps = run.thread().shielded(() -> store.steps(jobId)).stream()
                .filter(step -> run.job().id().equals(step.undoJobId()))
                .filter(step -> step.hasUndo() && step.undoneAt() == null)
                .sorted(Comparator.comparingInt(JobStep::position).reversed())
                .toList();
        for (JobStep step : steps) {
            Step<?> known = declared.get(step.name());
            if (known == null) {
                throw JobException.retryable("Step \"" + step.name() + "\" of job " + jobId
                        + " cannot be undone: the processor no longer declares it");
            }
            undo(run, known, step);
        }
    }

    private <R extends @Nullable Object> void undo(RunningJob run, Step<R> known, JobStep step) throws Exception {
        Step.Undo<R> undo = known.undo();
        if (undo == null) {
            throw JobException.retryable("Step \"" + step.name() + "\" of job " + step.jobId()
                    + " cannot be undone: the processor declares it without an undo now");
        }
        undo.run(step.isFinished() ? decoded(known, step.result()) : null, step.key());
        Settled answer = run.thread().shielded(() -> store.stepUndone(run.claim(), step));
        if (answer == Settled.LOST) {
            throw refused(run, answer);
        }
    }

    private CancellationException refused(RunningJob run, Settled answer) {
        if (answer == Settled.CANCELLED) {
            // Earlier than the next heartbeat would.
            run.cancel(ticker.nanos());
        }
        return new CancellationException(
                answer == Settled.CANCELLED
                        ? "Job " + run.job().id() + " is to be cancelled: no further step is begun"
                        : "Job " + run.job().id() + " has moved on: claim "
                                + run.job().claim() + " no longer holds");
    }

    private <R extends @Nullable Object> @Nullable String encoded(RunningJob run, Step<R> step, R result) {
        try {
            return result == null ? null : json.encode("The result of step " + step.name(), result);
        } catch (IllegalArgumentException refused) {
            throw run.unstorable(refused);
        }
    }

    @SuppressWarnings("NullAway") // if a step returned null, its R allows null
    private <R extends @Nullable Object> R decoded(Step<R> step, @Nullable String stored) {
        return stored == null ? null : json.decode(stored, step.result());
    }
}
