package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStep;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class SteppingContract {
    private static final StepName UPLOAD = new StepName("upload", "");

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a step is recorded before it runs, and its result after it")
    void noted() {
        Job job = fixture().claimed();

        StepBegun answer = fixture().begin(job, StoreFixture.CHARGE);

        assertThat(answer.outcome()).isEqualTo(Settled.APPLIED);
        JobStep begun = answer.step().orElseThrow();
        assertThat(begun.jobId()).isEqualTo(job.id());
        assertThat(begun.claim()).isEqualTo(job.claim());
        assertThat(begun.name()).isEqualTo("charge");
        assertThat(begun.part()).isEmpty();
        assertThat(begun.position()).isEqualTo(1);
        assertThat(begun.hasUndo()).isTrue();
        assertThat(begun.isFinished()).isFalse();
        assertThat(begun.stands()).isTrue();
        assertThat(fixture().steps(job)).containsExactly(begun);
        assertThat(fixture().find(job.id()).hasUndo()).isTrue();

        assertThat(fixture().finish(job, StoreFixture.CHARGE, "{\"credits\": 10}"))
                .isEqualTo(Settled.APPLIED);

        JobStep finished = fixture().steps(job).get(0);
        assertThat(finished.isFinished()).isTrue();
        assertThat(StoreFixture.json(finished.result())).isEqualTo(StoreFixture.json("{\"credits\":10}"));
        assertThat(finished.key()).isEqualTo(begun.key());
    }

    @Test
    @DisplayName("a step without a result to keep is finished all the same")
    void withoutResult() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);

        assertThat(fixture().finish(job, StoreFixture.CHARGE, null)).isEqualTo(Settled.APPLIED);

        assertThat(fixture().steps(job).get(0).isFinished()).isTrue();
        assertThat(fixture().steps(job).get(0).result()).isNull();
    }

    @Test
    @DisplayName("a step that was begun before is answered with its current state and the same key")
    void begunBefore() {
        Job job = fixture().claimed();
        JobStep begun = fixture().begin(job, StoreFixture.CHARGE).step().orElseThrow();

        StepBegun again = fixture().begin(job, StoreFixture.CHARGE);

        assertThat(again.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(again.begun()).isEqualTo(begun);
        assertThat(fixture().steps(job)).hasSize(1);
    }

    @Test
    @DisplayName("a later attempt gets the result of an earlier one, and the key of one that never came to its end")
    void laterAttempt() {
        Job first = fixture().claimed();
        JobStep charge = fixture().begin(first, StoreFixture.CHARGE).step().orElseThrow();
        fixture().finish(first, StoreFixture.CHARGE, "1");
        JobStep upload = fixture().begin(first, UPLOAD).step().orElseThrow();
        fixture().settle(Settlement.retry(Claim.of(first), JobError.retryable("timeout", "Too slow"), Duration.ZERO));

        Job second = fixture().claimed(first.id());
        assertThat(second.hasUndo()).isTrue();
        StepBegun chargedBefore = fixture().begin(second, StoreFixture.CHARGE);
        StepBegun uploadAgain = fixture().begin(second, UPLOAD);

        assertThat(chargedBefore.outcome()).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(chargedBefore.step().orElseThrow().key()).isEqualTo(charge.key());
        assertThat(chargedBefore.step().orElseThrow().result()).isEqualTo("1");
        assertThat(uploadAgain.step().orElseThrow().key()).isEqualTo(upload.key());
        assertThat(uploadAgain.step().orElseThrow().isFinished()).isFalse();
        assertThat(fixture().finish(second, UPLOAD, "2")).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("the parts of a step are separate steps, in the order in which they were begun")
    void parts() {
        Job job = fixture().claimed();
        fixture().begin(job, new StepName("mail", "b"));
        fixture().begin(job, new StepName("mail", "a"));
        fixture().begin(job, new StepName("mail", ""));

        assertThat(fixture().steps(job))
                .extracting(JobStep::part, JobStep::position)
                .containsExactly(tuple("b", 1), tuple("a", 2), tuple("", 3));
        assertThat(fixture().steps(job)).extracting(JobStep::key).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("the first result stays")
    void firstResultStays() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().finish(job, StoreFixture.CHARGE, "1");

        assertThat(fixture().finish(job, StoreFixture.CHARGE, "2")).isEqualTo(Settled.ALREADY_APPLIED);
        assertThat(fixture().steps(job).get(0).result()).isEqualTo("1");
    }

    @Test
    @DisplayName("a step that was not begun cannot be finished")
    void notBegun() {
        Job job = fixture().claimed();

        assertThat(fixture().finish(job, StoreFixture.CHARGE, "1")).isEqualTo(Settled.LOST);
        assertThat(fixture().steps(job)).isEmpty();
    }

    @Test
    @DisplayName("steps are fenced: under a claim that no longer holds nothing is begun and nothing finished")
    void fenced() {
        Job stale = fixture().claimed();
        fixture().begin(stale, StoreFixture.CHARGE);
        fixture().loseWorkers();
        Job current = fixture().claimed(stale.id());

        assertThat(fixture().begin(stale, UPLOAD)).isEqualTo(StepBegun.refused(Settled.LOST));
        assertThat(fixture().finish(stale, StoreFixture.CHARGE, "1")).isEqualTo(Settled.LOST);
        for (Claim other : StoreFixture.notQuite(Claim.of(current))) {
            for (StepName name : List.of(UPLOAD, StoreFixture.CHARGE)) {
                assertThat(fixture().store.beginStep(other, name, true))
                        .as("%s", other)
                        .isEqualTo(StepBegun.refused(Settled.LOST));
            }
            assertThat(fixture().store.finishStep(other, StoreFixture.CHARGE, "1"))
                    .as("%s", other)
                    .isEqualTo(Settled.LOST);
        }
        assertThat(fixture().steps(current)).hasSize(1);
        assertThat(fixture().steps(current).get(0).isFinished()).isFalse();
    }

    @Test
    @DisplayName("a job with a cancel request begins no new step but can record a finished one")
    void cancelRequested() {
        Job job = fixture().claimed();
        fixture().begin(job, StoreFixture.CHARGE);
        fixture().store.cancel(job.id(), Locale.ENGLISH);

        assertThat(fixture().begin(job, UPLOAD)).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(fixture().finish(job, StoreFixture.CHARGE, "1")).isEqualTo(Settled.APPLIED);
        assertThat(fixture().complete(job)).isEqualTo(Settled.CANCELLED);
        assertThat(fixture().begin(job, UPLOAD)).isEqualTo(StepBegun.refused(Settled.CANCELLED));
        assertThat(fixture().finish(job, StoreFixture.CHARGE, "2")).isEqualTo(Settled.LOST);
    }
}
