package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Claim;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What cancelling, sealing and retrying by hand do. */
class ByHandRulesTest {
    private static final JobMoves MOVES = new JobMoves(Instant.parse("2026-07-03T10:00:00Z"));
    private static final UUID WORKER = UUID.randomUUID();
    private static final JobRelations PARENT =
            JobRelations.NONE.parent(LibraryOnly.KEY, true, ChildFailurePolicy.FAIL_AT_ONCE, false);

    private static Job.Builder job(JobStatus status) {
        return Job.builder(UUID.randomUUID(), "shot", Instant.EPOCH).status(status);
    }

    private static ActResult cancelled(@Nullable Job job) {
        CancelRule.Verdict verdict = CancelRule.decide(job, MOVES);
        assertThat(verdict).isInstanceOf(CancelRule.NoChange.class);
        return verdict.answer();
    }

    private static CancelRule.RequestCancel requested(Job running) {
        CancelRule.Verdict verdict = CancelRule.decide(running, MOVES);
        assertThat(verdict.answer()).isEqualTo(ActResult.REQUESTED);
        return (CancelRule.RequestCancel) verdict;
    }

    @Test
    void cancelling_changes_no_job_that_is_missing_has_ended_or_undoes_steps() {
        assertThat(cancelled(null)).isEqualTo(ActResult.NOT_FOUND);
        assertThat(cancelled(job(JobStatus.COMPLETED).build())).isEqualTo(ActResult.ENDED);
        assertThat(cancelled(job(JobStatus.PENDING).undoes(UUID.randomUUID()).build()))
                .isEqualTo(ActResult.UNDO_JOB);
    }

    @Test
    void cancelling_ends_a_job_that_no_worker_runs() {
        for (JobStatus status : List.of(JobStatus.PENDING, JobStatus.WAITING)) {
            CancelRule.Verdict verdict = CancelRule.decide(job(status).build(), MOVES);
            assertThat(verdict.answer()).isEqualTo(ActResult.DONE);
            assertThat(((CancelRule.CancelNow) verdict).cancelled().status()).isEqualTo(JobStatus.CANCELLED);
        }
    }

    @Test
    void cancelling_tells_the_worker_each_time_and_notes_the_request_once() {
        Instant start = Instant.EPOCH;
        Job running = job(JobStatus.PROCESSING)
                .workerId(WORKER)
                .claim(3)
                .startedAt(start)
                .build();
        CancelRule.RequestCancel first = requested(running);
        assertThat(first.claim()).isEqualTo(new Claim(running.id(), 3, WORKER, start));
        Job asked = Objects.requireNonNull(first.requested());
        assertThat(asked.cancelRequestedAt()).isEqualTo(MOVES.now());
        assertThat(requested(asked)).isEqualTo(new CancelRule.RequestCancel(null, Claim.of(running)));
        assertThat(requested(job(JobStatus.PROCESSING).build()).claim())
                .as("the claim of a running job whose row names no worker")
                .isNull();
        assertThat(requested(job(JobStatus.PROCESSING).workerId(WORKER).build()).claim())
                .as("the claim of a running job whose row names no start")
                .isNull();
    }

    @Test
    void sealing_changes_a_group_that_is_open_to_children_only() {
        assertThat(SealRule.decide(null, MOVES)).isEqualTo(new SealRule.Verdict(ActResult.NOT_FOUND, null));
        assertThat(SealRule.decide(job(JobStatus.PENDING).build(), MOVES))
                .isEqualTo(new SealRule.Verdict(ActResult.NOT_A_GROUP, null));
        Job group = job(JobStatus.WAITING)
                .relations(JobRelations.NONE.parent(LibraryOnly.KEY, false, ChildFailurePolicy.IGNORE, false))
                .build();
        SealRule.Verdict verdict = SealRule.decide(group, MOVES);
        assertThat(verdict.answer()).isEqualTo(ActResult.DONE);
        Job sealed = Objects.requireNonNull(verdict.sealed());
        assertThat(sealed.relations().isSealed()).isTrue();
        assertThat(SealRule.decide(sealed, MOVES)).isEqualTo(new SealRule.Verdict(ActResult.ALREADY_SEALED, null));
    }

    @Test
    void a_retry_of_a_job_that_cannot_be_retried_reads_no_other_row() {
        Rows rows = new Rows();
        assertThat(RetryRule.decide(null, rows, MOVES).answer()).isEqualTo(ActResult.NOT_FOUND);
        assertThat(RetryRule.decide(job(JobStatus.WAITING).build(), rows, MOVES).answer())
                .isEqualTo(ActResult.NOT_FAILED);
        assertThat(rows.asked).isEmpty();
    }

    @Test
    void a_retry_takes_along_ended_children_needed_predecessors_and_the_parent_of_a_finisher() {
        Job parent = job(JobStatus.FAILED).relations(PARENT).build();
        Job finisher = job(JobStatus.CANCELLED)
                .parentId(parent.id())
                .relations(JobRelations.NONE.at(LibraryOnly.KEY, JobRelations.FINISHER))
                .build();
        Job failed = job(JobStatus.FAILED)
                .parentId(parent.id())
                .relations(
                        JobRelations.NONE.at(LibraryOnly.KEY, 1).after(LibraryOnly.KEY, PredecessorFailurePolicy.FAIL))
                .build();
        Job completed = job(JobStatus.COMPLETED).parentId(parent.id()).build();
        Job before = job(JobStatus.FAILED).build();
        Rows rows = new Rows();
        rows.parents = Map.of(finisher, parent);
        rows.children = Map.of(parent, List.of(finisher, failed, completed));
        rows.predecessors = Map.of(failed, List.of(before));
        RetryRule.Verdict verdict = RetryRule.decide(finisher, rows, MOVES);
        assertThat(verdict.answer()).isEqualTo(ActResult.DONE);
        assertThat(verdict.retried().get(0).id()).isEqualTo(finisher.id());
        assertThat(verdict.retried())
                .extracting(Job::id, Job::status)
                .containsExactlyInAnyOrder(
                        tuple(finisher.id(), JobStatus.WAITING),
                        tuple(parent.id(), JobStatus.WAITING),
                        tuple(failed.id(), JobStatus.WAITING),
                        tuple(before.id(), JobStatus.PENDING));
    }

    @Test
    void a_retry_is_refused_by_steps_to_undo_before_keys_are_looked_at() {
        Job failed = job(JobStatus.FAILED).uniqueKey("k").build();
        Rows rows = new Rows();
        UUID undo = UUID.randomUUID();
        rows.undo = Optional.of(undo);
        assertThat(RetryRule.decide(failed, rows, MOVES))
                .isEqualTo(new RetryRule.Verdict(ActResult.undoOpen(undo), List.of()));
        assertThat(rows.asked).containsExactly("children", "undo");
        rows.undo = Optional.empty();
        rows.holders.put("k", undo);
        assertThat(RetryRule.decide(failed, rows, MOVES))
                .isEqualTo(new RetryRule.Verdict(ActResult.keyTaken(undo), List.of()));
    }

    @Test
    void jobs_conflict_over_a_key_with_an_open_job_or_with_each_other() {
        Rows rows = new Rows();
        Job first = job(JobStatus.FAILED).uniqueKey("a").build();
        Job none = job(JobStatus.FAILED).build();
        Job second = job(JobStatus.FAILED).uniqueKey("a").build();
        Job third = job(JobStatus.FAILED).uniqueKey("b").build();
        assertThat(UniqueKeyRule.conflictOfRetried(List.of(first, none, third), rows::keyHolder))
                .isEmpty();
        assertThat(rows.asked).containsExactly("key a", "key b");
        assertThat(UniqueKeyRule.conflictOfRetried(List.of(first, none, second, third), rows::keyHolder))
                .contains(second.id());
        UUID holder = UUID.randomUUID();
        rows.holders.put("a", holder);
        rows.asked.clear();
        assertThat(UniqueKeyRule.conflictOfRetried(List.of(first, third), rows::keyHolder))
                .contains(holder);
        assertThat(rows.asked).containsExactly("key a");
    }

    /** Rows in maps, and what was asked of them. */
    private static final class Rows implements RetryRows {
        private final List<String> asked = new ArrayList<>();
        private final Map<String, UUID> holders = new HashMap<>();
        private Map<Job, List<Job>> children = Map.of();
        private Map<Job, List<Job>> predecessors = Map.of();
        private Map<Job, Job> parents = Map.of();
        private Optional<UUID> undo = Optional.empty();

        @Override
        public Collection<Job> endedChildren(Job job) {
            asked.add("children");
            return children.getOrDefault(job, List.of());
        }

        @Override
        public Collection<Job> endedPredecessors(Job job) {
            asked.add("predecessors");
            return predecessors.getOrDefault(job, List.of());
        }

        @Override
        public @Nullable Job parent(Job job) {
            return parents.get(job);
        }

        @Override
        public Optional<UUID> openUndo(List<Job> jobs) {
            asked.add("undo");
            return undo;
        }

        @Override
        public Optional<UUID> keyHolder(String type, String uniqueKey) {
            asked.add("key " + uniqueKey);
            return Optional.ofNullable(holders.get(uniqueKey));
        }
    }
}
