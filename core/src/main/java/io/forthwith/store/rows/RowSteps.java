package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.rules.Transitions;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Records the durable steps of jobs, and what was undone of them, within a transaction. */
final class RowSteps {
    private final JobRows rows;
    private final Transitions transitions;

    RowSteps(JobRows rows, Transitions transitions) {
        this.rows = rows;
        this.transitions = transitions;
    }

    StepBegun begin(Claim claim, StepName name, boolean hasUndo) {
        Job job = rows.get(claim.jobId());
        Optional<StepBegun> refused = Transitions.refusedStep(job, claim);
        if (job == null || refused.isPresent()) {
            return refused.orElse(StepBegun.refused(Settled.LOST));
        }
        List<JobStep> steps = rows.steps(job.id());
        Optional<JobStep> standing = standing(steps, name);
        if (hasUndo && !job.hasUndo()) {
            rows.put(transitions.withUndo(job));
        }
        if (standing.isPresent()) {
            JobStep known = hasUndo ? Transitions.withUndo(standing.get()) : standing.get();
            if (!known.equals(standing.get())) {
                rows.put(known);
            }
            return new StepBegun(Settled.ALREADY_APPLIED, known);
        }
        JobStep begun = transitions.begin(claim, name, hasUndo, steps.size());
        rows.put(begun);
        return new StepBegun(Settled.APPLIED, begun);
    }

    Settled finish(Claim claim, StepName name, @Nullable String result) {
        Optional<JobStep> standing = standing(rows.steps(claim.jobId()), name);
        if (standing.isEmpty() || isRefused(claim)) {
            return Settled.LOST;
        }
        if (standing.get().isFinished()) {
            return Settled.ALREADY_APPLIED;
        }
        rows.put(transitions.finish(standing.get(), result));
        return Settled.APPLIED;
    }

    Settled undone(Claim undo, JobStep undone) {
        Optional<JobStep> mine = rows.steps(undone.jobId()).stream()
                .filter(step -> step.key().equals(undone.key()) && undo.jobId().equals(step.undoJobId()))
                .findFirst();
        if (mine.isEmpty() || isRefused(undo)) {
            return Settled.LOST;
        }
        if (mine.get().undoneAt() != null) {
            return Settled.ALREADY_APPLIED;
        }
        rows.put(transitions.undone(mine.get()));
        return Settled.APPLIED;
    }

    /** The open jobs that undo steps of {@code job}. */
    Stream<UUID> openUndos(Job job) {
        return rows.steps(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(undo -> undo != null && isOpen(undo))
                .distinct();
    }

    private boolean isOpen(UUID undo) {
        Job job = rows.get(undo);
        return job != null && job.status().isOpen();
    }

    private boolean isRefused(Claim claim) {
        return Transitions.refusal(rows.get(claim.jobId()), claim).isPresent();
    }

    /** The step of this name that was not undone. */
    private static Optional<JobStep> standing(List<JobStep> steps, StepName name) {
        return steps.stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }
}
