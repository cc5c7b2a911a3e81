package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.limit.Pause;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakenOver;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class QueuePausingContract {
    private static final String QUEUE = NewJob.DEFAULT_QUEUE;
    private static final String OTHER = "other";
    private static final int THREADS = 8;
    /** One for each form of a claim: of one queue or of several, of all types or of some. */
    private static final int FORMS = 4;

    public abstract StoreFixture fixture();

    private Pause pause() {
        return fixture().store.pauseQueue(QUEUE, Pause.by("ada").because("the mail server is down"));
    }

    private boolean resume() {
        return fixture().store.resumeQueue(QUEUE);
    }

    private List<Job> claimInForm(int form, UUID worker, int limit) {
        List<String> queues = form % 2 == 0 ? List.of(QUEUE) : List.of(OTHER, QUEUE);
        return fixture()
                .store
                .claim(new ClaimRequest(
                        worker, queues, limit, Set.of(StoreFixture.TYPE.name()), StoreFixture.CAP, form >= 2));
    }

    private void assertNothingIsGivenOut() {
        for (int form = 0; form < FORMS; form++) {
            assertThat(claimInForm(form, fixture().worker(), 10))
                    .as("form %s", form)
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("no claim gives out a job of a paused queue, and the jobs of other queues are given out")
    void claims() {
        pause();
        for (int form = 0; form < FORMS; form++) {
            fixture().add(fixture().job().priority(9));
            NewJob other = fixture().job().queue(OTHER).priority(1);
            fixture().add(other);

            List<Job> claimed = claimInForm(form, fixture().worker(), 1);

            boolean asksForOther = form % 2 == 1;
            assertThat(claimed).as("form %s", form).hasSize(asksForOther ? 1 : 0);
            assertThat(claimed).extracting(Job::queue).doesNotContain(QUEUE);
            fixture().cancel(other);
        }
        fixture().store.pauseQueue(OTHER, Pause.of());
        fixture().add(fixture().job().queue(OTHER));
        assertNothingIsGivenOut();
    }

    @Test
    @DisplayName("no claim gives out a job at its last try of a paused queue")
    void lastTries() {
        fixture().added();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            assertThat(fixture().claim(10)).hasSize(1);
            fixture().loseWorkers();
        }
        fixture().age(Duration.ofHours(1));
        fixture().newWorker();
        pause();

        assertNothingIsGivenOut();

        resume();
        assertThat(fixture().claim(10)).extracting(Job::lostWorkers).containsExactly(StoreFixture.CAP - 1);
    }

    @Test
    @DisplayName("jobs are added to a paused queue that had none, cancelled and retried there")
    void adding() {
        pause();

        Added added = fixture().add(fixture().job());

        assertThat(added.outcome()).isEqualTo(Added.Outcome.ADDED);
        assertThat(fixture().status(added.id())).isEqualTo(JobStatus.PENDING);
        assertThat(fixture().store.cancel(added.id(), Locale.ENGLISH)).isEqualTo(ActResult.DONE);
        assertThat(fixture().store.retry(added.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);
        assertNothingIsGivenOut();
    }

    @Test
    @DisplayName("running jobs of a paused queue go on and end")
    void running() {
        Job job = fixture().claimed();
        pause();

        assertThat(fixture()
                        .store
                        .beat(fixture().worker(), StoreFixture.LEASE, WorkerLoad.NONE)
                        .alive())
                .isTrue();
        assertThat(fixture().store.held(fixture().worker())).containsExactly(Claim.of(job));
        fixture().report(List.of(new ProgressReport(Claim.of(job), ReadModelFactory.jobProgress(50, 1, 2, "half"))));
        assertThat(fixture().find(job.id()).progress().percent()).isEqualTo(50);
        fixture().begin(job, StoreFixture.CHARGE);
        assertThat(fixture().finish(job, StoreFixture.CHARGE, "1")).isEqualTo(Settled.APPLIED);
        assertThat(fixture().complete(job)).isEqualTo(Settled.APPLIED);
        assertThat(fixture().status(job.id())).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    @DisplayName("jobs of a paused queue that are to be tried again wait in it, also those of a lost worker")
    void retries() {
        UUID failing = fixture().added();
        UUID lost = fixture().added();
        Job job = fixture().claimed(failing);
        pause();

        fixture().settle(Settlement.retry(Claim.of(job), JobError.retryable("timeout", "Too slow"), Duration.ZERO));
        assertThat(fixture().loseWorkers()).extracting(TakenOver::jobId).containsExactly(lost);

        assertNothingIsGivenOut();
        resume();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactlyInAnyOrder(failing, lost);
    }

    @Test
    @DisplayName("an undo job is given out, also if the queue of its job is paused")
    void undoJobs() {
        for (int form = 0; form < FORMS; form++) {
            resume();
            Job job = fixture().failedAfterCharge();
            fixture().store.pauseQueue(OTHER, Pause.of());
            pause();

            List<Job> claimed = claimInForm(form, fixture().worker(), 10);

            assertThat(claimed).as("form %s", form).extracting(Job::undoes).containsExactly(job.id());
        }
    }

    @Test
    @DisplayName("a queue that is paused again stays paused as it was, and the answer is the first pause")
    void again() {
        Pause first = pause();

        Pause again = fixture().store.pauseQueue(QUEUE, Pause.by("bob").because("another reason"));

        assertThat(again).isEqualTo(first);
        assertThat(again.by()).isEqualTo("ada");
        assertThat(fixture().store.pausedQueues()).containsExactly(ReadModelFactory.pausedQueue(QUEUE, first));
        assertThat(resume()).isTrue();
        assertThat(fixture().store.pausedQueues()).isEmpty();
        assertThat(fixture()
                        .store
                        .pauseQueue(QUEUE, Pause.by("bob").because("another reason"))
                        .by())
                .isEqualTo("bob");
    }

    @Test
    @DisplayName(
            "the answer says when, by whom and why the queue was paused, and a pause needs neither name nor reason")
    void answer() {
        Job job = fixture().find(fixture().added());

        Pause paused = pause();

        Job later = fixture().find(fixture().added());
        assertThat(paused.since()).isBetween(job.createdAt(), later.createdAt());
        assertThat(paused.by()).isEqualTo("ada");
        assertThat(paused.reason()).isEqualTo("the mail server is down");
        Pause bare = fixture().store.pauseQueue(OTHER, Pause.of());
        assertThat(bare.by()).isNull();
        assertThat(bare.reason()).isNull();
        assertThat(fixture().store.pausedQueues())
                .containsExactly(
                        ReadModelFactory.pausedQueue(QUEUE, paused), ReadModelFactory.pausedQueue(OTHER, bare));
    }

    @Test
    @DisplayName("paused queues are listed in the order of their names, as they were paused, and no others")
    void listed() {
        assertThat(fixture().store.pausedQueues()).isEmpty();
        List<String> names = List.of("B", "_a", "a", "a-1", "a.1", "a/1", "ab", "q".repeat(128));
        for (int i = names.size() - 1; i >= 0; i--) {
            fixture().store.pauseQueue(names.get(i), Pause.of().because("reason " + i));
        }
        fixture().store.resumeQueue("ab");

        assertThat(fixture().store.pausedQueues())
                .extracting(PausedQueue::queue)
                .containsExactlyElementsOf(names.stream()
                        .filter(name -> !name.equals("ab"))
                        .sorted()
                        .toList());
        assertThat(fixture().store.pausedQueues().get(0).pause().reason()).isEqualTo("reason 0");
    }

    @Test
    @DisplayName("texts that no database could store are made safe, and too long ones are cut")
    void texts() {
        String face = "\ud83d\ude00";
        Pause paused = fixture()
                .store
                .pauseQueue(QUEUE, Pause.by("a\0da\nx " + face.repeat(300)).because("\ud83d" + face.repeat(2_000)));

        assertThat(paused.by())
                .startsWith("a da x " + face)
                .endsWith(face + "…")
                .hasSize(7 + 2 * 193 + 1);
        assertThat(paused.reason())
                .startsWith("\ufffd" + face)
                .endsWith(face + "…")
                .hasSize(1 + 2 * 999 + 1);
        assertThat(fixture().store.pausedQueues()).containsExactly(ReadModelFactory.pausedQueue(QUEUE, paused));
    }

    @Test
    @DisplayName("the jobs of a queue that was resumed are given out")
    void resumed() {
        for (int form = 0; form < FORMS; form++) {
            UUID id = fixture().added();
            pause();
            assertNothingIsGivenOut();

            assertThat(resume()).isTrue();

            assertThat(claimInForm(form, fixture().worker(), 10))
                    .as("form %s", form)
                    .extracting(Job::id)
                    .containsExactly(id);
        }
        assertThat(resume()).as("it is not paused").isFalse();
    }

    @Test
    @DisplayName("listeners of added jobs get a hint when a paused queue is resumed, and when they ask it is resumed")
    void hint() {
        AtomicInteger heard = new AtomicInteger();
        Queue<Integer> given = new ConcurrentLinkedQueue<>();
        try (StoreHints.Subscription before = fixture().store.onAdded(heard::incrementAndGet)) {
            assertThat(before).isNotNull();
            fixture().added();
        }
        pause();
        try (StoreHints.Subscription subscription =
                fixture().store.onAdded(() -> given.add(fixture().claim(10).size()))) {
            assertThat(subscription).isNotNull();
            resume();
        }

        if (heard.get() > 0) {
            assertThat(given).contains(1);
        }
    }

    @Test
    @DisplayName(
            "a name that is not valid, or that of a queue of undo jobs, is refused, and nothing is paused or resumed")
    void names() {
        Pause paused = pause();
        for (String name : List.of("", " ", QUEUE + ' ', "ä", "-a", "a\0", "q".repeat(129), "undo:", "undo:x")) {
            assertThatThrownBy(() -> fixture().store.pauseQueue(name, Pause.of()))
                    .as("\"%s\"", name)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Queue");
            assertThatThrownBy(() -> fixture().store.resumeQueue(name))
                    .as("\"%s\"", name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(fixture().store.pausedQueues()).containsExactly(ReadModelFactory.pausedQueue(QUEUE, paused));
    }

    @Test
    @DisplayName("8 threads pause one queue: all answer with the same pause; 8 threads resume it: one has resumed it")
    void pausedByMany() {
        for (int i = 0; i < RacingThreads.REPETITIONS; i++) {
            List<Pause> pauses = RacingThreads.race(
                    THREADS, thread -> () -> fixture().store.pauseQueue(QUEUE, Pause.by("thread " + thread)));

            assertThat(pauses).containsOnly(pauses.get(0));
            assertThat(fixture().store.pausedQueues())
                    .containsExactly(ReadModelFactory.pausedQueue(QUEUE, pauses.get(0)));

            List<Boolean> resumed = RacingThreads.race(THREADS, thread -> this::resume);

            assertThat(resumed).containsOnlyOnce(true);
            assertThat(fixture().store.pausedQueues()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "while a queue is paused and resumed, no claim that begins after the pause and ends before it is lifted gets a job")
    void claimsAgainstPauses() {
        for (int i = 0; i < 2 * FORMS; i++) {
            fixture().added();
            fixture().add(fixture().job().queue(OTHER));
        }
        ClaimsUnderPauses claims = new ClaimsUnderPauses();

        RacingThreads.race(FORMS + 1, thread -> () -> {
            if (thread == 0) {
                claims.pauseAndResume();
            } else {
                claims.claim(thread - 1);
            }
            return true;
        });

        assertThat(claims.wrong).isEmpty();
    }

    /** One thread pauses and resumes, the others claim, each in its form, and give back what they get. */
    private final class ClaimsUnderPauses {
        private static final long PATIENCE_SECONDS = 60;

        /** Odd while the queue is paused for certain: a call of pause has returned, and none of resume has begun. */
        private final AtomicInteger era = new AtomicInteger();

        private final AtomicBoolean isOver = new AtomicBoolean();
        private final Semaphore given = new Semaphore(0);
        private final Semaphore refused = new Semaphore(0);
        private final Queue<Job> wrong = new ConcurrentLinkedQueue<>();

        void pauseAndResume() throws InterruptedException {
            try {
                for (int i = 0; i < RacingThreads.REPETITIONS; i++) {
                    await(given, "jobs that are given out");
                    pause();
                    era.incrementAndGet();
                    await(refused, "claims while the queue is paused");
                    era.incrementAndGet();
                    resume();
                }
                await(given, "jobs that are given out at the end");
            } finally {
                isOver.set(true);
            }
        }

        private void await(Semaphore signals, String what) throws InterruptedException {
            signals.drainPermits();
            assertThat(signals.tryAcquire(3 * FORMS, PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as(what)
                    .isTrue();
        }

        void claim(int form) {
            UUID worker = fixture().register();
            while (!isOver.get()) {
                int before = era.get();
                List<Job> claimed = claimInForm(form, worker, 2);
                boolean wasPaused = before % 2 == 1 && era.get() == before;
                List<Job> ofQueue = claimed.stream()
                        .filter(job -> job.queue().equals(QUEUE))
                        .toList();
                if (wasPaused) {
                    wrong.addAll(ofQueue);
                    refused.release();
                } else {
                    given.release(ofQueue.size());
                }
                claimed.forEach(job -> fixture().settle(Settlement.giveBack(Claim.of(job))));
            }
        }
    }
}
