package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Timeline.Kind;
import io.forthwith.dashboard.internal.html.Timeline.Piece;
import io.forthwith.dashboard.internal.job.JobAttempts;
import io.forthwith.dashboard.internal.job.JobHeader;
import io.forthwith.dashboard.internal.job.JobPageData;
import io.forthwith.dashboard.internal.job.JobStory;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ReadModelFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JobPartsTest {
    private static final Instant AT = Instant.parse("2025-01-01T00:00:00Z");
    private static final UUID ID = UUID.fromString("0198c0de-0000-7000-8000-000000000000");

    private static JobPageData facts(Job job, List<FailedAttempt> failures, List<String> given) {
        View view = Stand.view(
                new InMemoryJobStore(),
                Access.view("me"),
                text -> {
                    given.add(text);
                    return text;
                },
                AT.plusSeconds(100));
        return new JobPageData(view, job, new Answer<>(List.of(), AT, null), new Answer<>(failures, AT, null));
    }

    private static FailedAttempt failure(int number, int from, int to, String message) {
        return ReadModelFactory.failedAttempt(
                ID, number, number, JobError.Kind.SYSTEM, "broken", message, null, message, null, at(from), at(to));
    }

    private static Instant at(int second) {
        return AT.plusSeconds(second);
    }

    private static Job.Builder job(JobStatus status) {
        return Job.builder(ID, "mail", AT).status(status);
    }

    private static List<String> story(Job job, FailedAttempt... failures) {
        List<Piece> pieces = JobStory.pieces(facts(job, List.of(failures), new ArrayList<>()));
        Instant end = AT;
        for (Piece piece : pieces) {
            assertThat(piece.from()).isEqualTo(end);
            end = piece.to();
        }
        return pieces.stream()
                .map(piece -> piece.kind() + " " + piece.status() + " "
                        + piece.length().toSeconds())
                .toList();
    }

    private static List<String> titles(Job job) {
        return JobStory.pieces(facts(job, List.of(), new ArrayList<>())).stream()
                .map(Piece::title)
                .toList();
    }

    @Test
    @DisplayName("A message and a trace of 10 MB are cut before the redactor has them, and on the page")
    void largeMessage() {
        List<String> given = new ArrayList<>();
        FailedAttempt failure = failure(1, 0, 1, "<b>".repeat(3_500_000));

        String html = JobAttempts.card(facts(job(JobStatus.PENDING).build(), List.of(failure), given))
                .toString();

        assertThat(given).isNotEmpty().allMatch(text -> text.length() <= 64 * 1024);
        assertThat(html).doesNotContain("<b>").hasSizeLessThan(400_000);
    }

    @Test
    @DisplayName("The story of a job that failed twice and completed: wait, run, gap, run, gap, wait, run")
    void completedAtLast() {
        Job job = job(JobStatus.COMPLETED)
                .claim(3)
                .attempt(3)
                .runAt(at(40))
                .startedAt(at(42))
                .completedAt(at(50))
                .build();

        assertThat(story(job, failure(1, 1, 5, "x"), failure(2, 10, 15, "x")))
                .containsExactly(
                        "WAIT pending 1",
                        "RUN failed 4",
                        "GAP pending 5",
                        "RUN failed 5",
                        "GAP pending 25",
                        "WAIT pending 2",
                        "RUN completed 8");
    }

    @Test
    @DisplayName("The story of a job that failed at last ends with its last attempt")
    void failed() {
        Job job = job(JobStatus.FAILED)
                .claim(1)
                .attempt(1)
                .startedAt(at(1))
                .completedAt(at(5))
                .build();

        assertThat(story(job, failure(1, 1, 5, "x"))).containsExactly("WAIT pending 1", "RUN failed 4");
    }

    @Test
    @DisplayName("The story has an attempt that failed at once, though it took less than a millisecond")
    void failedAtOnce() {
        Job job = job(JobStatus.FAILED)
                .claim(1)
                .attempt(1)
                .startedAt(at(1))
                .completedAt(at(1))
                .build();

        assertThat(story(job, failure(1, 1, 1, "x"))).startsWith("WAIT pending 1", "RUN failed 0");
    }

    @Test
    @DisplayName("The story of jobs that have not ended goes on until now, or until they are due")
    void open() {
        assertThat(story(job(JobStatus.PENDING).build())).containsExactly("WAIT pending 100");
        assertThat(story(job(JobStatus.PENDING).runAt(at(500)).build())).containsExactly("GAP pending 500");
        assertThat(story(job(JobStatus.PENDING).runAt(at(30)).build()))
                .containsExactly("GAP pending 30", "WAIT pending 70");
        assertThat(story(job(JobStatus.PENDING)
                        .postponements(2)
                        .postponedSince(at(10))
                        .runAt(at(130))
                        .build()))
                .containsExactly("WAIT pending 10", "GAP parked 120");
        assertThat(story(job(JobStatus.PROCESSING)
                        .claim(1)
                        .attempt(1)
                        .startedAt(at(60))
                        .build()))
                .containsExactly("WAIT pending 60", "RUN processing 40");
        assertThat(story(job(JobStatus.WAITING).build())).containsExactly("WAIT waiting 100");
    }

    @Test
    @DisplayName("The story of a job whose worker was lost: it ran there until that was noticed, and waits again")
    void lost() {
        Job.Builder taken = job(JobStatus.PENDING)
                .claim(2)
                .lostWorkers(1)
                .startedAt(at(10))
                .runAt(at(51))
                .updatedAt(at(50));
        assertThat(story(taken.build()))
                .containsExactly("WAIT pending 10", "RUN failed 40", "GAP pending 1", "WAIT pending 49");
        assertThat(titles(taken.build()))
                .containsExactly(
                        "Waited to run: 10 s",
                        "Ran on a worker that was lost, until that was noticed: 40 s",
                        "Until the next attempt: 1 s",
                        "Waits to run: 49 s");
        assertThat(Stand.words(JobHeader.sentence(facts(taken.build(), List.of(), new ArrayList<>()))
                        .toString()))
                .isEqualTo("A worker was lost while the job ran; due again for 49 s, and not started since");

        Job again = job(JobStatus.PROCESSING)
                .claim(3)
                .attempt(1)
                .lostWorkers(1)
                .startedAt(at(60))
                .runAt(at(51))
                .build();
        assertThat(titles(again))
                .containsExactly(
                        "Waited, and ran on a worker that was lost: 51 s",
                        "Waited to run: 9 s",
                        "Attempt 1 runs: 40 s");
    }

    @Test
    @DisplayName("A job that is due after a failed attempt does not say that it has not started yet")
    void dueAgain() {
        Job job = job(JobStatus.PENDING)
                .claim(1)
                .attempt(1)
                .startedAt(at(10))
                .runAt(at(40))
                .error(JobError.retryable("http_503", "The bank does not answer"))
                .build();

        assertThat(Stand.words(JobHeader.sentence(
                                facts(job, List.of(failure(1, 10, 11, "The bank does not answer")), new ArrayList<>()))
                        .toString()))
                .startsWith("Attempt 1 failed, and the next one has been due for 1 min: The bank does not answer");
    }

    @Test
    @DisplayName("The story of a job that came after others: it waited for them, then for a worker")
    void afterOthers() {
        Job job = job(JobStatus.COMPLETED)
                .relations(JobRelations.NONE.after(LibraryOnly.KEY, PredecessorFailurePolicy.FAIL))
                .runAt(at(20))
                .startedAt(at(21))
                .completedAt(at(25))
                .build();

        assertThat(story(job)).containsExactly("WAIT waiting 20", "WAIT pending 1", "RUN completed 4");
    }

    @Test
    @DisplayName("The story of a cancelled job: it ran only if it was asked to stop")
    void cancelled() {
        Job.Builder job = job(JobStatus.CANCELLED).claim(1).startedAt(at(10)).completedAt(at(30));

        assertThat(story(job.build())).last().isEqualTo("WAIT cancelled 20");
        assertThat(story(job.cancelRequestedAt(at(20)).attempt(1).build()))
                .last()
                .isEqualTo("RUN cancelled 20");
    }

    @Test
    @DisplayName("Times that contradict each other do not make a piece of less than nothing")
    void contradiction() {
        Job job = job(JobStatus.COMPLETED)
                .claim(2)
                .startedAt(at(-50))
                .completedAt(at(-10))
                .build();

        assertThat(story(job, failure(1, 5, 3, "x"))).allMatch(piece -> !piece.contains("-"));
    }

    @Test
    @DisplayName("Many attempts: the newest thirty are drawn, and the rest is one gap")
    void manyAttempts() {
        FailedAttempt[] failures = new FailedAttempt[90];
        for (int i = 0; i < failures.length; i++) {
            failures[i] = failure(i + 1, i, i + 1, "x");
        }
        List<Piece> pieces = JobStory.pieces(facts(
                job(JobStatus.PENDING).claim(90).attempt(90).runAt(at(200)).build(),
                List.of(failures),
                new ArrayList<>()));

        assertThat(pieces.stream().filter(piece -> piece.kind() == Kind.RUN)).hasSize(30);
        assertThat(pieces.get(0).title()).contains("60 earlier attempts, not drawn");
    }
}
