package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class DeletingOnCompletionContract {
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);
    private static final int REPETITIONS = 2 * RacingThreads.REPETITIONS;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a job on which nothing depends is gone, its id and its unique key are free")
    void gone() {
        NewJob job = fixture().job().uniqueKey("k").user("u");
        fixture().add(job);
        Job running = fixture().claimed(job.id());
        UUID other = fixture().claimed().id();

        assertThat(fixture().settle(deleting(running))).isEqualTo(Settled.APPLIED);

        assertThat(fixture().store.find(job.id())).isEmpty();
        assertThat(fixture().store.scan(JobQuery.all()))
                .extracting(Job::id)
                .as("nothing but the other job")
                .containsExactly(other);
        assertThat(fixture().store.held(fixture().worker()))
                .extracting(Claim::jobId)
                .containsExactly(other);
        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isZero();
        assertThat(fixture().add(fixture().job().uniqueKey("k")).outcome()).isEqualTo(Added.Outcome.ADDED);
        fixture().claim(10).forEach(this::completesAndGoes);
        assertThat(fixture().add(job).outcome()).isEqualTo(Added.Outcome.ADDED);
        assertThat(fixture().claimed(job.id()).claim()).isEqualTo(1);
    }

    @Test
    @DisplayName("a deleted job's failed attempts are deleted, and those of other jobs stay")
    void history() {
        NewJob job = fixture().job();
        fixture().add(job);
        UUID other = fixture().added();
        List<Settlement> failed = fixture().claim(10).stream()
                .map(each -> Settlement.retry(Claim.of(each), JobError.retryable("timeout", "Slow"), Duration.ZERO))
                .toList();
        fixture().store.settle(failed);
        Job again = fixture().claimed(job.id());
        assertThat(fixture().store.failures(job.id())).hasSize(1);

        completesAndGoes(again);

        assertThat(fixture().store.failures(job.id())).isEmpty();
        assertThat(fixture().store.failures(other)).hasSize(1);
        fixture().add(job);
        assertThat(fixture().store.failures(job.id())).isEmpty();
    }

    @Test
    @DisplayName("every repeated settlement of a deleted job is answered LOST")
    void repeated() {
        Job job = fixture().claimed();
        completesAndGoes(job);

        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.LOST);
        assertThat(fixture().complete(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().fail(job)).isEqualTo(Settled.LOST);
        assertThat(fixture().store.find(job.id())).isEmpty();
        assertThat(fixture().store.failures(job.id())).isEmpty();
    }

    @Test
    @DisplayName("it is fenced as any settlement is, and a job that is no longer processing stays as it is")
    void fenced() {
        UUID id = fixture().added();
        fixture().settle(Settlement.giveBack(Claim.of(fixture().claimed(id))));
        Job job = fixture().claimed(id);

        for (Claim other : StoreFixture.notQuite(Claim.of(job))) {
            assertThat(fixture().settle(deleting(other))).as("%s", other).isEqualTo(Settled.LOST);
        }
        assertThat(fixture().find(id)).isEqualTo(job);

        fixture().fail(job);
        Job failed = fixture().find(id);
        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(fixture().find(id)).isEqualTo(failed);
        assertThat(fixture().store.failures(id)).hasSize(1);
    }

    @Test
    @DisplayName("a job whose cancellation was requested ends cancelled, and stays")
    void cancelRequested() {
        Job job = fixture().claimed();
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.CANCELLED);

        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.CANCELLED);
        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.CANCELLED);
    }

    @Test
    @DisplayName("a job that has begun a durable step completes and stays, with or without an undo, until it is purged")
    void steps() {
        for (boolean hasUndo : List.of(false, true)) {
            Job job = fixture().claimed();
            fixture().store.beginStep(Claim.of(job), StoreFixture.CHARGE, hasUndo);
            fixture().finish(job, StoreFixture.CHARGE, "1");

            completesAndStays(job);

            assertThat(fixture().steps(job)).hasSize(1);
            assertThat(fixture().store.purge(NOTHING, 10).jobs()).isEqualTo(1);
            assertThat(fixture().steps(job)).isEmpty();
        }
    }

    @Test
    @DisplayName("a step of an earlier attempt counts as well")
    void earlierSteps() {
        Job job = fixture().claimed();
        fixture().store.beginStep(Claim.of(job), StoreFixture.CHARGE, false);
        fixture().settle(Settlement.giveBack(Claim.of(job)));

        completesAndStays(fixture().claimed(job.id()));

        assertThat(fixture().steps(job)).hasSize(1);
    }

    @Test
    @DisplayName("an undo job completes and stays, so that the job it undid can be retried")
    void undo() {
        Job charged = fixture().failedAfterCharge();
        Job undo = fixture().claimed(fixture().onlyUndo().id());
        fixture().store.stepUndone(Claim.of(undo), fixture().steps(charged).get(0));

        completesAndStays(undo);

        assertThat(fixture().store.retry(charged.id())).isEqualTo(ActResult.DONE);
    }

    @Test
    @DisplayName("children stay, and their results are there for the finisher, whose result is the parent's")
    void family() {
        NewJob parent = fixture().job();
        NewJob one = fixture().childOf(parent);
        NewJob two = fixture().childOf(parent);
        NewJob end = fixture().job().finisherOf(parent);
        fixture().addAll(parent, one, two, end);
        fixture().claim(10).forEach(this::completesAndStays);
        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isZero();

        assertThat(fixture().children(parent)).extracting(Job::result).containsExactly("7", "7");
        completesAndStays(fixture().running(end));

        assertThat(fixture().status(parent)).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(parent).result()).isEqualTo("7");
        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isEqualTo(4);
    }

    @Test
    @DisplayName("a job that has spawned stays, and so do those that it has spawned")
    void spawned() {
        Job parent = fixture().claimed();
        NewJob child = fixture().job().parent(fixture().job().id(parent.id()));
        SpawnedJobs spawn = new SpawnedJobs(
                List.of(StoreFixture.encode(child)), parent.relations().onChildFailure(), false);
        fixture().settle(Settlement.awaitChildren(Claim.of(parent), "1", spawn));

        completesAndStays(fixture().running(child));

        assertThat(fixture().status(parent.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().children(fixture().job().id(parent.id()))).hasSize(1);
        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isEqualTo(2);
    }

    @Test
    @DisplayName("jobs that others come after stay, and those that come after others, which then see their results")
    void graph() {
        NewJob first = fixture().job();
        NewJob second = fixture().job().after(first);
        fixture().addAll(first, second);

        completesAndStays(fixture().running(first));
        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isZero();
        Job last = fixture().running(second);
        assertThat(fixture().store.predecessors(second.id()))
                .extracting(Job::result)
                .containsExactly("7");
        completesAndStays(last);

        assertThat(fixture().store.purge(NOTHING, 10).jobs()).isEqualTo(2);
    }

    @Test
    @DisplayName("a batch answers for each job separately, and keeps the jobs that must stay")
    void batch() {
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        for (int i = 0; i < 5; i++) {
            fixture().added();
        }
        List<Job> jobs = new ArrayList<>(fixture().claim(10));
        Job running = fixture().find(child);
        jobs.remove(running);
        fixture().store.cancel(jobs.get(3).id(), Locale.ENGLISH);

        assertThat(fixture()
                        .store
                        .settle(List.of(
                                deleting(jobs.get(0)),
                                Settlement.complete(Claim.of(jobs.get(1)), "1"),
                                deleting(StoreFixture.ofNoJob(Claim.of(running))),
                                StoreFixture.failure(jobs.get(2)),
                                deleting(jobs.get(3)),
                                deleting(running),
                                deleting(jobs.get(4)))))
                .containsExactly(
                        Settled.APPLIED,
                        Settled.APPLIED,
                        Settled.LOST,
                        Settled.APPLIED,
                        Settled.CANCELLED,
                        Settled.APPLIED,
                        Settled.APPLIED);

        assertThat(jobs.stream().map(job -> fixture().store.find(job.id()).map(Job::status)))
                .map(status -> status.map(JobStatus::text).orElse("gone"))
                .containsExactly("gone", "completed", "failed", "cancelled", "gone");
        assertThat(fixture().statuses(parent, child)).containsExactly(JobStatus.COMPLETED, JobStatus.COMPLETED);
    }

    @Test
    @DisplayName(
            "two settlements at the same moment are answered APPLIED and LOST; a cancellation wins or comes too late")
    void races() {
        for (int i = 0; i < REPETITIONS; i++) {
            Job twice = fixture().claimed();
            assertThat(RacingThreads.race(2, contender -> () -> fixture().settle(deleting(twice))))
                    .containsExactlyInAnyOrder(Settled.APPLIED, Settled.LOST);
            Job job = fixture().claimed();
            List<Object> answers = RacingThreads.race(
                    2,
                    contender -> () -> contender == 0
                            ? fixture().settle(deleting(job))
                            : fixture().store.cancel(job.id(), Locale.ENGLISH));
            assertThat(answers)
                    .isIn(
                            List.of(Settled.APPLIED, ActResult.NOT_FOUND),
                            List.of(Settled.CANCELLED, ActResult.REQUESTED));
            assertThat(fixture().store.find(job.id()).isPresent()).isEqualTo(answers.get(0) == Settled.CANCELLED);
        }
    }

    private void completesAndGoes(Job job) {
        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().store.find(job.id())).isEmpty();
    }

    private void completesAndStays(Job job) {
        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.COMPLETED);
        assertThat(fixture().find(job.id()).result()).isEqualTo("7");
        assertThat(fixture().settle(deleting(job))).isEqualTo(Settled.ALREADY_APPLIED);
    }

    private static Settlement deleting(Job job) {
        return deleting(Claim.of(job));
    }

    private static Settlement deleting(Claim claim) {
        return Settlement.completeAndDelete(claim, "7");
    }
}
