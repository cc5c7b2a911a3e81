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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of durable steps. */
class StepRuleTest {
    private static final JobMoves MOVES = new JobMoves(Instant.parse("2026-07-03T10:00:00Z"));
    private static final StepName PAY = new StepName("pay", "");
    private static final Job JOB = Job.builder(UUID.randomUUID(), "order", Instant.EPOCH)
            .status(JobStatus.PROCESSING)
            .claim(4)
            .workerId(UUID.randomUUID())
            .startedAt(Instant.EPOCH)
            .build();
    private static final Claim CLAIM = Claim.of(JOB);

    private static final StepRule.Steps UNREAD = new StepRule.Steps() {
        @Override
        public List<JobStep> named(StepName name) {
            throw new AssertionError("steps were read");
        }

        @Override
        public int lastPosition() {
            throw new AssertionError("the last position was read");
        }
    };

    private static StepRule.Steps steps(JobStep... all) {
        return new StepRule.Steps() {
            @Override
            public List<JobStep> named(StepName name) {
                return Stream.of(all)
                        .filter(step -> StepName.of(step).equals(name))
                        .toList();
            }

            @Override
            public int lastPosition() {
                return all.length;
            }
        };
    }

    private static StepRule.BeginVerdict begin(@Nullable Job job, boolean hasUndo, StepRule.Steps steps) {
        return StepRule.begin(job, CLAIM, PAY, hasUndo, steps, MOVES);
    }

    private static JobStep begun(boolean hasUndo) {
        return Objects.requireNonNull(begin(JOB, hasUndo, steps()).step());
    }

    @Test
    void no_step_begins_or_ends_and_none_is_read_when_the_claim_is_lost() {
        Job taken = JOB.toBuilder().claim(5).build();
        Job cancelled = JOB.toBuilder().status(JobStatus.CANCELLED).build();
        Job completed = JOB.toBuilder().status(JobStatus.COMPLETED).build();
        assertThat(begin(null, true, UNREAD).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(taken, true, UNREAD).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(completed, true, UNREAD).answer()).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(begin(cancelled, true, UNREAD).answer()).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        StepRule.Verdict lost = new StepRule.Verdict(Settled.LOST, null);
        assertThat(StepRule.finish(taken, CLAIM, PAY, "1", UNREAD, MOVES)).isEqualTo(lost);
        assertThat(StepRule.finish(cancelled, CLAIM, PAY, "1", UNREAD, MOVES)).isEqualTo(lost);
        assertThat(StepRule.undone(null, CLAIM, begun(true), () -> UNREAD.named(PAY), MOVES))
                .isEqualTo(lost);
    }

    @Test
    void a_job_that_is_to_be_cancelled_begins_no_step_but_finishes_one() {
        Job asked = MOVES.requestCancel(JOB);
        assertThat(begin(asked, true, UNREAD).answer()).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(StepRule.finish(asked, CLAIM, PAY, "1", steps(begun(false)), MOVES)
                        .answer())
                .isEqualTo(Settled.APPLIED);
    }

    @Test
    void the_first_step_with_an_undo_is_noted_on_the_job_as_well() {
        StepRule.BeginVerdict verdict = begin(JOB, true, steps());
        assertThat(verdict.answer().outcome()).isEqualTo(Settled.APPLIED);
        assertThat(verdict.answer().begun()).isEqualTo(verdict.step());
        assertThat(Objects.requireNonNull(verdict.job()).hasUndo()).isTrue();
        assertThat(begun(true).position()).isEqualTo(1);
        assertThat(begin(verdict.job(), true, steps()).job()).isNull();
        assertThat(begin(JOB, false, steps()).job()).isNull();
    }

    @Test
    void a_step_that_stands_is_answered_and_gains_an_undo_if_it_had_none() {
        JobStep plain = begun(false);
        StepRule.BeginVerdict again = begin(JOB, false, steps(plain));
        assertThat(again.answer()).isEqualTo(new StepBegun(Settled.ALREADY_APPLIED, plain));
        assertThat(again.step()).isNull();
        StepRule.BeginVerdict withUndo = begin(JOB, true, steps(plain));
        assertThat(withUndo.answer().outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(Objects.requireNonNull(withUndo.step()).hasUndo()).isTrue();
        assertThat(withUndo.answer().begun()).isEqualTo(withUndo.step());
        assertThat(begin(JOB, false, steps(begun(true))).step())
                .as("an undo is never taken away")
                .isNull();
    }

    @Test
    void a_step_that_was_handed_to_an_undo_job_is_begun_anew_behind_the_others() {
        JobStep handedOver = StepRule.handOver(begun(true), UUID.randomUUID());
        StepRule.BeginVerdict verdict = begin(JOB, true, steps(handedOver));
        assertThat(verdict.answer().outcome()).isEqualTo(Settled.APPLIED);
        assertThat(Objects.requireNonNull(verdict.step()).position()).isEqualTo(2);
        assertThat(StepRule.handOver(handedOver, UUID.randomUUID())).isEqualTo(handedOver);
    }

    @Test
    void a_step_of_an_earlier_job_with_the_same_id_is_begun_anew_in_its_place() {
        JobStep old =
                StepRule.finish(JOB, CLAIM, PAY, "1", steps(begun(true)), MOVES).step();
        Instant later = MOVES.now().plusSeconds(61);
        Job job = created(later, later);

        StepRule.BeginVerdict verdict =
                StepRule.begin(job, Claim.of(job), PAY, false, steps(Objects.requireNonNull(old)), new JobMoves(later));

        assertThat(verdict.answer().outcome()).isEqualTo(Settled.APPLIED);
        assertThat(verdict.replaced()).isEqualTo(old);
        JobStep begun = Objects.requireNonNull(verdict.step());
        assertThat(begun).isEqualTo(verdict.answer().begun());
        assertThat(begun.isFinished()).isFalse();
        assertThat(begun.hasUndo()).isFalse();
        assertThat(begun.result()).isNull();
        assertThat(begun.position()).isEqualTo(1);
        assertThat(begun.key()).isNotEqualTo(Objects.requireNonNull(old).key());
    }

    @Test
    void a_step_counts_for_its_job_where_the_clocks_of_servers_differ_or_times_contradict_each_other() {
        JobStep own = begun(true);
        Instant now = MOVES.now();
        for (Job job : List.of(
                created(now, now),
                created(now.plusSeconds(1), now.plusSeconds(60)),
                created(now.plusSeconds(3_600), now.plusSeconds(60)),
                created(Instant.MIN, Instant.MAX),
                created(Instant.MAX, Instant.MIN))) {
            assertThat(StepRule.begin(job, Claim.of(job), PAY, true, steps(own), MOVES)
                            .answer()
                            .outcome())
                    .isEqualTo(Settled.ALREADY_APPLIED);
        }
        Job late = created(Instant.MAX, Instant.MAX);
        assertThat(StepRule.begin(late, Claim.of(late), PAY, true, steps(own), MOVES)
                        .replaced())
                .isEqualTo(own);
    }

    private static Job created(Instant at, Instant claimed) {
        return Job.builder(JOB.id(), "order", at)
                .status(JobStatus.PROCESSING)
                .claim(JOB.claim())
                .workerId(JOB.workerId())
                .startedAt(claimed)
                .build();
    }

    @Test
    void a_step_that_an_undo_job_of_an_earlier_job_has_keeps_its_claim() {
        JobStep handedOver = StepRule.handOver(begun(true), UUID.randomUUID());
        assertThat(handedOver.claim()).isEqualTo(CLAIM.number());
        JobStep begun =
                Objects.requireNonNull(begin(JOB, true, steps(handedOver)).step());
        assertThat(begun.claim()).isEqualTo(CLAIM.number() + 1);
        Job next = JOB.toBuilder().claim(7).build();
        assertThat(StepRule.begin(next, Claim.of(next), PAY, true, steps(handedOver), MOVES)
                        .answer()
                        .begun()
                        .claim())
                .isEqualTo(7);
    }

    @Test
    void the_first_result_of_a_step_stays() {
        StepRule.Verdict first = StepRule.finish(JOB, CLAIM, PAY, "1", steps(begun(false)), MOVES);
        JobStep finished = Objects.requireNonNull(first.step());
        assertThat(finished.result()).isEqualTo("1");
        assertThat(StepRule.finish(JOB, CLAIM, PAY, "2", steps(finished), MOVES))
                .isEqualTo(new StepRule.Verdict(Settled.ALREADY_APPLIED, null));
        assertThat(StepRule.finish(JOB, CLAIM, new StepName("pay", "2"), "2", steps(finished), MOVES))
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
