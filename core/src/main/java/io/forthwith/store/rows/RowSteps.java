package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.StepRule;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the durable steps of jobs, within a transaction. */
final class RowSteps {
    private final JobRowAccess rows;
    private final JobMoves transitions;

    RowSteps(JobRowAccess rows, JobMoves transitions) {
        this.rows = rows;
        this.transitions = transitions;
    }

    StepBegun begin(Claim claim, StepName name, boolean hasUndo) {
        UUID id = claim.jobId();
        StepRule.BeginVerdict verdict = StepRule.begin(rows.get(id), claim, name, hasUndo, stepsOf(id), transitions);
        if (verdict.job() != null) {
            rows.put(verdict.job());
        }
        if (verdict.step() != null) {
            rows.put(verdict.step());
        }
        return verdict.answer();
    }

    Settled finish(Claim claim, StepName name, @Nullable String result) {
        UUID id = claim.jobId();
        return write(StepRule.finish(rows.get(id), claim, name, result, stepsOf(id), transitions));
    }

    Settled undone(Claim undo, JobStep undone) {
        StepRule.Steps steps = stepsOf(undone.jobId());
        return write(StepRule.undone(
                rows.get(undo.jobId()), undo, undone, () -> steps.named(StepName.of(undone)), transitions));
    }

    private StepRule.Steps stepsOf(UUID job) {
        return new StepRule.Steps() {
            @Override
            public List<JobStep> named(StepName name) {
                return rows.steps(job, name);
            }

            @Override
            public int lastPosition() {
                return rows.lastStepPosition(job);
            }
        };
    }

    private Settled write(StepRule.Verdict verdict) {
        if (verdict.step() != null) {
            rows.put(verdict.step());
        }
        return verdict.answer();
    }

    /** The open jobs that undo steps of {@code job}. */
    static Stream<UUID> openUndos(JobRowAccess rows, Job job) {
        return rows.steps(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(Objects::nonNull)
                .distinct()
                .filter(undo -> StepRule.isUndoOpen(rows.get(undo)));
    }
}
