package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of other tables stay when a person deletes only the row of a job; a later job has the same id. */
@DisplayName("What a job that was deleted by hand has left")
class HandDeletionsTest {
    private static final StepName CHARGE = new StepName("charge", "");

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not keep the failures of a later job with its id from being recorded")
    void failures(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob single = Jobs.job();
        NewJob parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent);
        store.add(Jobs.encoded(single));
        store.add(Jobs.encoded(parent, child));
        Jobs.claimAll(store)
                .forEach(job -> assertThat(fail(store, job, "first")).isEqualTo(Settled.APPLIED));
        deleteByHand(kind, database, single, parent, child);

        store.add(Jobs.encoded(single));
        store.add(Jobs.encoded(parent, child));
        List<Job> again = Jobs.claimAll(store);
        assertThat(again).hasSize(2);
        for (Job job : again) {
            assertThat(job.claim()).isEqualTo(1);
            assertThat(fail(store, job, "second")).isEqualTo(Settled.APPLIED);
            assertThat(store.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            assertThat(store.failures(job.id()))
                    .extracting(FailedAttempt::message)
                    .containsExactly("second");
        }
    }

    private static Settled fail(JdbcJobStore store, Job job, String message) {
        return store.settle(
                        List.of(Settlement.fail(Claim.of(job), JobError.permanent("boom", message), Locale.ENGLISH)))
                .get(0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not keep a later job with its id from being taken over")
    void take_over(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        for (int round = 0; round < 2; round++) {
            store.add(Jobs.encoded(job));
            Jobs.claimAll(store);
            kind.age(database, Duration.ofHours(1));
            assertThat(store.takeOver(new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH)))
                    .hasSize(1);
            assertThat(store.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
            deleteByHand(kind, database, job);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is no receipt for a later job with its id: the step is done again, under a new key")
    void receipts(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        JobStep old = charged(store, job, "1");
        deleteByHand(kind, database, job);

        store.add(Jobs.encoded(job));
        Claim claim = Claim.of(Jobs.claimAll(store).get(0));
        StepBegun begun = store.beginStep(claim, CHARGE, true);

        assertThat(begun.outcome()).isEqualTo(Settled.APPLIED);
        assertThat(begun.begun().isFinished()).isFalse();
        assertThat(begun.begun().key()).isNotEqualTo(old.key());
        assertThat(store.steps(job.id())).containsExactly(begun.begun());
        assertThat(store.beginStep(claim, CHARGE, true))
                .isEqualTo(new StepBegun(Settled.ALREADY_APPLIED, begun.begun()));
        assertThat(store.finishStep(claim, CHARGE, "2")).isEqualTo(Settled.APPLIED);
        assertThat(store.steps(job.id())).extracting(JobStep::result).containsExactly("2");
        assertThat(store.find(job.id()).orElseThrow().hasUndo()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "stays with its undo job, while a later job with its id does the step again and has an undo job of its own")
    void undos(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob job = Jobs.job();
        charged(store, job, "1");
        assertThat(fail(store, store.find(job.id()).orElseThrow(), "boom")).isEqualTo(Settled.APPLIED);
        UUID undo = store.steps(job.id()).get(0).undoJobId();
        deleteByHand(kind, database, job);

        JobStep again = charged(store, job, "2");
        assertThat(again.stands()).isTrue();
        assertThat(fail(store, store.find(job.id()).orElseThrow(), "boom")).isEqualTo(Settled.APPLIED);

        List<JobStep> steps = store.steps(job.id());
        assertThat(steps).extracting(JobStep::result).containsExactly("1", "2");
        assertThat(steps)
                .extracting(JobStep::undoJobId)
                .doesNotContainNull()
                .doesNotHaveDuplicates()
                .contains(undo);
        assertThat(steps).extracting(JobStep::key).doesNotHaveDuplicates();
    }

    private static JobStep charged(JdbcJobStore store, NewJob job, String result) {
        store.add(Jobs.encoded(job));
        Claim claim = Claim.of(Jobs.claimAll(store).stream()
                .filter(each -> each.id().equals(job.id()))
                .findFirst()
                .orElseThrow());
        JobStep begun = store.beginStep(claim, CHARGE, true).begun();
        assertThat(store.finishStep(claim, CHARGE, result)).isEqualTo(Settled.APPLIED);
        return begun;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are no predecessors of a later job with its id")
    void predecessors(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob first = Jobs.job();
        NewJob second = Jobs.job().queue("elsewhere");
        NewJob successor = Jobs.job();
        store.add(Jobs.encoded(first, second, successor.after(first).after(second)));
        deleteByHand(kind, database, successor);

        assertThat(store.add(Jobs.encoded(successor.after(first))))
                .containsExactly(new Added(successor.id(), Added.Outcome.ADDED));

        assertThat(store.predecessors(successor.id())).extracting(Job::id).containsExactly(first.id());
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        assertThat(store.find(successor.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }

    /** Later, as a person would: the clocks of servers may differ by a second. */
    private static void deleteByHand(TestDatabase kind, DataSource database, NewJob... jobs) {
        for (NewJob job : jobs) {
            Sql.run(database, "DELETE FROM job WHERE id = '" + job.id() + "'");
        }
        kind.age(database, Duration.ofMinutes(5));
    }
}
