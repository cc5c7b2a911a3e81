package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of durable steps. */
class StepRuleTest {
    private static final Transitions MOVES = new Transitions(Instant.parse("2026-07-03T10:00:00Z"));
    private static final StepName PAY = new StepName("pay", "");
    private static final Job JOB = Job.builder(UUID.randomUUID(), "order", Instant.EPOCH)
            .status(JobStatus.PROCESSING)
            .claim(4)
            .workerId(UUID.randomUUID())
            .build();
    private static final Claim CLAIM = Claim.of(JOB);

    private static List<JobStep> unread() {
        throw new AssertionError("steps were read");
    }

    private static StepRule.BeginVerdict begin(@Nullable Job job, boolean hasUndo, Supplier<List<JobStep>> steps) {
        return StepRule.begin(job, CLAIM, PAY, hasUndo, steps, MOVES);
    }

    private static JobStep begun(boolean hasUndo) {
        return Objects.requireNonNull(begin(JOB, hasUndo, List::of).step());
    }

    @Test
    void no_step_begins_or_ends_and_none_is_read_when_the_claim_is_lost() {
        Job taken = JOB.toBuilder().claim(5).build();
        Job cancelled = JOB.toBuilder().status(JobStatus.CANCELLED).build();
        Job completed = JOB.toBuilder().status(JobStatus.COMPLETED).build();
        assertThat(begin(null, true, StepRuleTest::unread).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(taken, true, StepRuleTest::unread).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(completed, true, StepRuleTest::unread).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(cancelled, true, StepRuleTest::unread).answer())
                .isEqualTo(StepBegun.refused(Settled.CANCELLED));
        StepRule.Verdict lost = new StepRule.Verdict(Settled.LOST, null);
        assertThat(StepRule.finish(taken, CLAIM, PAY, "1", StepRuleTest::unread, MOVES))
                .isEqualTo(lost);
        assertThat(StepRule.finish(cancelled, CLAIM, PAY, "1", StepRuleTest::unread, MOVES))
                .isEqualTo(lost);
        assertThat(StepRule.undone(null, CLAIM, begun(true), StepRuleTest::unread, MOVES))
                .isEqualTo(lost);
    }

    @Test
    void a_job_that_is_to_be_cancelled_begins_no_step_but_finishes_one() {
        Job asked = MOVES.requestCancel(JOB);
        assertThat(begin(asked, true, StepRuleTest::unread).answer()).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(StepRule.finish(asked, CLAIM, PAY, "1", () -> List.of(begun(false)), MOVES)
                        .answer())
                .isEqualTo(Settled.APPLIED);
    }

    @Test
    void the_first_step_with_an_undo_is_noted_on_the_job_as_well() {
        StepRule.BeginVerdict verdict = begin(JOB, true, List::of);
        assertThat(verdict.answer().outcome()).isEqualTo(Settled.APPLIED);
        assertThat(verdict.answer().begun()).isEqualTo(verdict.step());
        assertThat(Objects.requireNonNull(verdict.job()).hasUndo()).isTrue();
        assertThat(begun(true).position()).isEqualTo(1);
        assertThat(begin(verdict.job(), true, List::of).job()).isNull();
        assertThat(begin(JOB, false, List::of).job()).isNull();
    }

    @Test
    void a_step_that_stands_is_answered_and_gains_an_undo_if_it_had_none() {
        JobStep plain = begun(false);
        StepRule.BeginVerdict again = begin(JOB, false, () -> List.of(plain));
        assertThat(again.answer()).isEqualTo(new StepBegun(Settled.ALREADY_APPLIED, plain));
        assertThat(again.step()).isNull();
        StepRule.BeginVerdict withUndo = begin(JOB, true, () -> List.of(plain));
        assertThat(withUndo.answer().outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(Objects.requireNonNull(withUndo.step()).hasUndo()).isTrue();
        assertThat(withUndo.answer().begun()).isEqualTo(withUndo.step());
        assertThat(begin(JOB, false, () -> List.of(begun(true))).step())
                .as("an undo is never taken away")
                .isNull();
    }

    @Test
    void a_step_that_was_handed_to_an_undo_job_is_begun_anew_behind_the_others() {
        JobStep handedOver = StepRule.handOver(begun(true), UUID.randomUUID());
        StepRule.BeginVerdict verdict = begin(JOB, true, () -> List.of(handedOver));
        assertThat(verdict.answer().outcome()).isEqualTo(Settled.APPLIED);
        assertThat(Objects.requireNonNull(verdict.step()).position()).isEqualTo(2);
        assertThat(StepRule.handOver(handedOver, UUID.randomUUID())).isEqualTo(handedOver);
    }

    @Test
    void the_first_result_of_a_step_stays() {
        StepRule.Verdict first = StepRule.finish(JOB, CLAIM, PAY, "1", () -> List.of(begun(false)), MOVES);
        JobStep finished = Objects.requireNonNull(first.step());
        assertThat(finished.result()).isEqualTo("1");
        assertThat(StepRule.finish(JOB, CLAIM, PAY, "2", () -> List.of(finished), MOVES))
                .isEqualTo(new StepRule.Verdict(Settled.ALREADY_APPLIED, null));
        assertThat(StepRule.finish(JOB, CLAIM, new StepName("pay", "2"), "2", () -> List.of(finished), MOVES))
                .isEqualTo(new StepRule.Verdict(Settled.LOST, null));
    }

    @Test
    void a_step_is_undone_once_and_only_by_the_job_it_was_handed_to() {
        JobStep own = StepRule.handOver(begun(true), CLAIM.jobId());
        JobStep others = StepRule.handOver(begun(true), UUID.randomUUID());
        StepRule.Verdict first = StepRule.undone(JOB, CLAIM, own, () -> List.of(own), MOVES);
        assertThat(first.answer()).isEqualTo(Settled.APPLIED);
        JobStep undone = Objects.requireNonNull(first.step());
        assertThat(undone.undoneAt()).isEqualTo(MOVES.now());
        assertThat(StepRule.undone(JOB, CLAIM, own, () -> List.of(undone), MOVES))
                .isEqualTo(new StepRule.Verdict(Settled.ALREADY_APPLIED, null));
        assertThat(StepRule.undone(JOB, CLAIM, others, () -> List.of(others), MOVES))
                .isEqualTo(new StepRule.Verdict(Settled.LOST, null));
    }

    @Test
    void an_undo_job_is_open_until_it_has_completed() {
        assertThat(StepRule.isUndoOpen(null)).isFalse();
        for (JobStatus status : JobStatus.values()) {
            assertThat(StepRule.isUndoOpen(JOB.toBuilder().status(status).build()))
                    .isEqualTo(status != JobStatus.COMPLETED);
        }
    }
}
