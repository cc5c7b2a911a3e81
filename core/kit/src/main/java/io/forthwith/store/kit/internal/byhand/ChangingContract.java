package io.forthwith.store.kit.internal.byhand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobChange;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StoreHints;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class ChangingContract {
    private static final int THREADS = 8;
    private static final Duration LATER = Duration.ofHours(2);
    private static final JobChange NOW = JobChange.of().delay(Duration.ZERO);
    private static final JobChange ELSEWHERE = JobChange.of().queue("elsewhere");

    public abstract StoreFixture fixture();

    private ActResult change(UUID id, JobChange change) {
        return fixture().store.change(id, change);
    }

    private List<Job> claimFrom(String... queues) {
        return claimFrom(fixture().worker(), queues);
    }

    private List<Job> claimFrom(UUID worker, String... queues) {
        return fixture()
                .store
                .claim(new ClaimRequest(
                        worker, List.of(queues), 10, Set.of(StoreFixture.TYPE.name()), StoreFixture.CAP));
    }

    @Test
    @DisplayName("a job that is put off is not given out before its time, and keeps everything else")
    void putOff() {
        UUID id = fixture().added();
        Job before = fixture().find(id);

        assertThat(change(id, JobChange.of().delay(LATER))).isEqualTo(ActResult.DONE);

        Job after = fixture().find(id);
        assertThat(after.runAt()).isAfterOrEqualTo(before.runAt().plus(LATER));
        assertThat(after.toBuilder()
                        .runAt(before.runAt())
                        .updatedAt(before.updatedAt())
                        .build())
                .isEqualTo(before);
        assertThat(fixture().claim(10)).isEmpty();
        fixture().age(LATER);
        fixture().newWorker();
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(id);
    }

    @Test
    @DisplayName(
            "a job that waits for its time or for its next try is due at once if its time becomes now, and keeps its attempts")
    void now() {
        NewJob later = fixture().job().delay(LATER);
        fixture().add(later);
        Job tried = fixture().claimed();
        fixture().settle(Settlement.retry(Claim.of(tried), JobError.retryable("busy", "Busy"), LATER));

        assertThat(change(later.id(), NOW)).isEqualTo(ActResult.DONE);
        assertThat(change(tried.id(), NOW)).isEqualTo(ActResult.DONE);

        assertThat(fixture().find(tried.id()).errorCode()).isEqualTo("busy");
        List<Job> claimed = fixture().claim(10);
        assertThat(claimed).extracting(Job::id).containsExactlyInAnyOrder(later.id(), tried.id());
        assertThat(claimed).extracting(Job::attempt).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    @DisplayName(
            "a time is kept as it is given, and one that has passed means now: the job does not come before those that are due longer")
    void times() {
        UUID first = fixture().added();
        UUID second = fixture().added();
        Instant future = fixture().find(first).runAt().plus(LATER).truncatedTo(ChronoUnit.MICROS);

        change(first, JobChange.of().runAt(future));
        assertThat(fixture().find(first).runAt()).isEqualTo(future);
        // A store may count milliseconds only.
        fixture().age(Duration.ofSeconds(1));
        change(first, JobChange.of().runAt(Instant.EPOCH));

        assertThat(fixture().find(first).runAt())
                .isAfterOrEqualTo(fixture().find(second).runAt())
                .isCloseTo(fixture().find(first).updatedAt(), within(0, ChronoUnit.MICROS));
        assertThat(fixture().claim(1)).extracting(Job::id).containsExactly(second);
    }

    @Test
    @DisplayName("the time of a job that runs, waits or has ended is not changed, and the answer says which")
    void notPending() {
        Job running = fixture().claimed();
        Job completed = fixture().claimed();
        fixture().complete(completed);
        Job failed = fixture().claimed();
        fixture().fail(failed);
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        NewJob after = fixture().job().after(child);
        fixture().addAll(parent, child, after);
        for (UUID id : List.of(running.id(), completed.id(), failed.id(), parent.id(), after.id())) {
            Job before = fixture().find(id);
            ActResult expected = switch (before.status()) {
                case PROCESSING -> ActResult.RUNNING;
                case WAITING -> ActResult.WAITING;
                default -> ActResult.ENDED;
            };
            assertThat(change(id, NOW.priority(1))).as("%s", before).isEqualTo(expected);
            assertThat(fixture().find(id)).isEqualTo(before);
        }
        assertThat(change(failed.id(), ELSEWHERE)).isEqualTo(ActResult.ENDED);
        assertThat(change(UUID.randomUUID(), NOW)).isEqualTo(ActResult.NOT_FOUND);
        assertThat(fixture().complete(running)).isEqualTo(Settled.APPLIED);
    }

    @Test
    @DisplayName("a job with a higher priority is given out before others")
    void priority() {
        fixture().added();
        UUID second = fixture().added();

        assertThat(change(second, JobChange.of().priority(9))).isEqualTo(ActResult.DONE);

        assertThat(fixture().claim(1)).extracting(Job::id, Job::priority).containsExactly(tuple(second, 9));
    }

    @Test
    @DisplayName("a job in another queue is given out to the workers of that queue only")
    void queue() {
        UUID id = fixture().added();

        assertThat(change(id, ELSEWHERE)).isEqualTo(ActResult.DONE);

        assertThat(fixture().claim(10)).isEmpty();
        assertThat(claimFrom("elsewhere")).extracting(Job::id, Job::queue).containsExactly(tuple(id, "elsewhere"));
    }

    @Test
    @DisplayName("priority and queue of a running job count from its next attempt on, and its worker goes on")
    void running() {
        Job running = fixture().claimed();

        assertThat(change(running.id(), ELSEWHERE.priority(8))).isEqualTo(ActResult.DONE);

        assertThat(fixture().status(running.id())).isEqualTo(JobStatus.PROCESSING);
        assertThat(fixture()
                        .settle(Settlement.retry(Claim.of(running), JobError.retryable("busy", "Busy"), Duration.ZERO)))
                .isEqualTo(Settled.APPLIED);
        assertThat(fixture().claim(10)).isEmpty();
        assertThat(claimFrom("elsewhere"))
                .extracting(Job::attempt, Job::priority)
                .containsExactly(tuple(2, 8));
    }

    @Test
    @DisplayName("a job that was changed while it ran keeps the change when its worker is lost or gives it back")
    void leavingWorkers() {
        Job lost = fixture().claimed();
        Job returned = fixture().claimed();
        change(lost.id(), ELSEWHERE);
        change(returned.id(), ELSEWHERE);

        fixture().settle(Settlement.giveBack(Claim.of(returned)));
        fixture().loseWorkers();
        fixture().age(Duration.ofHours(1));
        fixture().newWorker();

        assertThat(fixture().claim(10)).isEmpty();
        assertThat(claimFrom("elsewhere")).extracting(Job::id).containsExactlyInAnyOrder(lost.id(), returned.id());
    }

    @Test
    @DisplayName("priority and queue of a waiting job count when it no longer waits")
    void waiting() {
        NewJob first = fixture().job();
        NewJob after = fixture().job().after(first);
        fixture().addAll(first, after);

        assertThat(change(after.id(), ELSEWHERE.priority(7))).isEqualTo(ActResult.DONE);

        assertThat(fixture().status(after)).isEqualTo(JobStatus.WAITING);
        fixture().completes(first);
        assertThat(claimFrom("elsewhere")).extracting(Job::id, Job::priority).containsExactly(tuple(after.id(), 7));
    }

    @Test
    @DisplayName("an undo job stays in its queue with its priority, and can be made due at once")
    void undoJobs() {
        fixture().failedAfterCharge();
        UUID undo = fixture().onlyUndo().id();
        Job running = fixture().claimed(undo);
        fixture().settle(Settlement.retry(Claim.of(running), JobError.retryable("busy", "Busy"), LATER));
        Job before = fixture().find(undo);

        assertThat(change(undo, ELSEWHERE)).isEqualTo(ActResult.UNDO_JOB);
        assertThat(change(undo, NOW.priority(1))).isEqualTo(ActResult.UNDO_JOB);
        assertThat(fixture().find(undo)).isEqualTo(before);
        assertThat(change(undo, NOW)).isEqualTo(ActResult.DONE);
        assertThat(fixture().claim(10)).extracting(Job::id).containsExactly(undo);
    }

    @Test
    @DisplayName("workers get a hint of a changed job that is due, and of no other")
    void hints() {
        UUID id = fixture().added();
        Job running = fixture().claimed(id);
        UUID due = fixture().added();
        List<Thread> hints = Collections.synchronizedList(new ArrayList<>());
        try (StoreHints.Subscription ignored = fixture().store.onAdded(() -> hints.add(Thread.currentThread()))) {
            fixture().added();
            boolean tellsOfAdded = hints.remove(Thread.currentThread());
            change(running.id(), ELSEWHERE);
            change(due, JobChange.of().delay(LATER));
            change(due, JobChange.of().priority(2));
            change(UUID.randomUUID(), NOW);
            assertThat(hints).doesNotContain(Thread.currentThread());
            change(due, NOW);
            change(due, ELSEWHERE);
            assertThat(Collections.frequency(hints, Thread.currentThread())).isEqualTo(tellsOfAdded ? 2 : 0);
        }
    }

    @Test
    @DisplayName("an empty change is refused")
    void empty() {
        UUID id = fixture().added();

        assertThatThrownBy(() -> change(id, JobChange.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The change is empty: set runAt, delay, priority or queue");
    }

    @Test
    @DisplayName(
            "claims of two queues race with moves between them: each job is given out once, by the queue that it is in")
    void races() {
        for (int i = 0; i < RacingThreads.REPETITIONS; i++) {
            List<UUID> jobs = new ArrayList<>();
            for (int j = 0; j < 40; j++) {
                jobs.add(fixture().added());
            }
            List<UUID> workers = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                workers.add(fixture().register());
            }
            List<List<UUID>> claimed = RacingThreads.race(
                    THREADS,
                    thread -> () -> thread % 2 == 0
                            ? moved(jobs, thread)
                            : claimed(workers.get(thread), thread % 4 == 1 ? NewJob.DEFAULT_QUEUE : "elsewhere"));
            Set<UUID> all = new HashSet<>();
            for (List<UUID> some : claimed) {
                some.forEach(id -> assertThat(all.add(id)).as("given out twice").isTrue());
            }
            for (String queue : List.of(NewJob.DEFAULT_QUEUE, "elsewhere")) {
                for (List<UUID> more = claimed(workers.get(0), queue);
                        !more.isEmpty();
                        more = claimed(workers.get(0), queue)) {
                    assertThat(all).doesNotContainAnyElementsOf(more);
                    all.addAll(more);
                }
            }
            assertThat(all).as("none is lost").containsAll(jobs);
        }
    }

    private List<UUID> moved(List<UUID> jobs, int thread) {
        for (int j = 0; j < jobs.size(); j++) {
            change(
                    jobs.get((j * 7 + thread) % jobs.size()),
                    thread % 4 == 0 ? ELSEWHERE : JobChange.of().queue(NewJob.DEFAULT_QUEUE));
        }
        return List.of();
    }

    private List<UUID> claimed(UUID worker, String queue) {
        List<UUID> ids = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            for (Job job : claimFrom(worker, queue)) {
                assertThat(job.queue()).isEqualTo(queue);
                ids.add(job.id());
            }
        }
        return ids;
    }

    @Test
    @DisplayName(
            "a cancellation and a change of one job race: the job ends cancelled, in the queue that the change gave it or the old one")
    void cancelled() {
        for (int i = 0; i < RacingThreads.REPETITIONS; i++) {
            UUID id = fixture().added();
            List<String> answers = RacingThreads.race(
                    2,
                    thread -> () -> thread == 0
                            ? change(id, ELSEWHERE).outcome().name()
                            : fixture()
                                    .store
                                    .cancel(id, Locale.ENGLISH)
                                    .outcome()
                                    .name());
            assertThat(answers.get(0)).isIn("DONE", "ENDED");
            Job job = fixture().find(id);
            assertThat(job.status()).isEqualTo(JobStatus.CANCELLED);
            assertThat(job.queue()).isEqualTo(answers.get(0).equals("DONE") ? "elsewhere" : NewJob.DEFAULT_QUEUE);
        }
    }
}
