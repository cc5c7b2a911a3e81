package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.Reason;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.RunningJob;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.JobSituation;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Why a job does not run:")
class DiagnosisRuleTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final UUID WORKER = new UUID(0, 1);
    private static final Job PENDING =
            Job.builder(new UUID(0, 2), "report", NOW).build();

    private static RegisteredWorker worker(int slots, int running, Instant beat) {
        WorkerInfo info = ReadModelFactory.workerInfo(
                WORKER,
                "w",
                "h",
                1,
                ReadModelFactory.workerServes(List.of(NewJob.DEFAULT_QUEUE), List.of("report"), false, slots),
                null,
                null);
        return ReadModelFactory.registeredWorker(
                info, ReadModelFactory.workerLoad(running, false), NOW, beat, NOW.plusSeconds(30), true);
    }

    private static Diagnosis of(Job job, RegisteredWorker worker, List<RunningJob> running) {
        return of(job, List.of(), worker, running);
    }

    private static Diagnosis of(Job job, List<PausedQueue> pauses, RegisteredWorker worker, List<RunningJob> running) {
        JobSituation situation = new JobSituation(NOW, 0, 0, 0, running, false, false);
        return DiagnosisRule.of(job, situation, List.of(), false, pauses, List.of(worker), List.of());
    }

    private static List<RunningJob> rows(int count, Instant since) {
        return Collections.nCopies(count, ReadModelFactory.runningJob(new UUID(0, 3), "report", WORKER, since, 0));
    }

    private static Job expiring(Duration left) {
        return PENDING.toBuilder().expiresAt(NOW.plus(left)).build();
    }

    private static RegisteredWorker serving(RegisteredWorker worker, UUID id, String type) {
        return serving(worker, id, NewJob.DEFAULT_QUEUE, type);
    }

    private static RegisteredWorker serving(RegisteredWorker worker, UUID id, String queue, String type) {
        WorkerInfo.Serves serves = ReadModelFactory.workerServes(List.of(queue), List.of(type), false, 1);
        return ReadModelFactory.registeredWorker(
                ReadModelFactory.workerInfo(id, "w", "h", 1, serves, null, null),
                worker.load(),
                NOW,
                worker.lastBeatAt(),
                worker.leaseEndsAt(),
                worker.isAlive());
    }

    @Test
    @DisplayName("workers that do not know the type leave the job to those that do, however busy these are")
    void left() {
        RegisteredWorker free = worker(1, 0, NOW);
        RegisteredWorker busy = worker(1, 1, NOW);
        RegisteredWorker old = serving(free, new UUID(0, 9), "other");
        RegisteredWorker dead = ReadModelFactory.registeredWorker(
                serving(free, new UUID(0, 8), "report").info(), free.load(), NOW, NOW, NOW, false);

        assertThat(of(List.of(old, free, dead), List.of()))
                .containsExactly(
                        new Reason.AboutToStart(LibraryOnly.KEY, Duration.ZERO),
                        new Reason.TypeLeft(LibraryOnly.KEY, "report", 1));
        assertThat(of(List.of(old, busy), rows(1, NOW.minusSeconds(20))))
                .hasSize(2)
                .last()
                .isEqualTo(new Reason.TypeLeft(LibraryOnly.KEY, "report", 1));
        assertThat(of(List.of(old, busy), rows(1, NOW.minusSeconds(20))))
                .first()
                .isInstanceOf(Reason.SlotsBusy.class);
        assertThat(of(List.of(old, dead), List.of()))
                .containsExactly(new Reason.TypeUnknown(LibraryOnly.KEY, "report"));
        assertThat(of(List.of(free), List.of()))
                .containsExactly(new Reason.AboutToStart(LibraryOnly.KEY, Duration.ZERO));
    }

    @Test
    @DisplayName("no job is left to a worker whose queue or type was cut, and no undo job to any")
    void leftToNone() {
        RegisteredWorker free = worker(1, 0, NOW);
        RegisteredWorker old = serving(free, new UUID(0, 9), "other");
        RegisteredWorker cutTypes = serving(free, new UUID(0, 8), WorkerInfo.Serves.CUT);
        RegisteredWorker cutQueues = serving(free, new UUID(0, 7), WorkerInfo.Serves.CUT, "report");
        Job undo = Job.builder(new UUID(0, 5), "undo:report", NOW)
                .queue("undo:" + NewJob.DEFAULT_QUEUE)
                .undoes(new UUID(0, 6))
                .build();

        assertThat(of(List.of(old, cutTypes), List.of())).doesNotHaveAnyElementsOfTypes(Reason.TypeLeft.class);
        assertThat(of(List.of(old, cutQueues), List.of())).doesNotHaveAnyElementsOfTypes(Reason.TypeLeft.class);
        assertThat(of(undo, List.of(cutTypes, free), List.of())).doesNotHaveAnyElementsOfTypes(Reason.TypeLeft.class);
    }

    private static List<Reason> of(List<RegisteredWorker> workers, List<RunningJob> running) {
        return of(PENDING, workers, running);
    }

    private static List<Reason> of(Job job, List<RegisteredWorker> workers, List<RunningJob> running) {
        JobSituation situation = new JobSituation(NOW, 0, 0, 0, running, false, false);
        return DiagnosisRule.of(job, situation, List.of(), false, List.of(), workers, List.of())
                .reasons();
    }

    @Test
    @DisplayName("a deadline that has not passed stands beside the reasons")
    void deadline() {
        assertThat(of(expiring(Duration.ofSeconds(1)), worker(1, 0, NOW), List.of())
                        .reasons())
                .hasSize(2)
                .element(0)
                .isInstanceOf(Reason.AboutToStart.class);
    }

    @Test
    @DisplayName("a deadline that has passed goes first, and the job is not about to start")
    void passed() {
        for (Duration late : List.of(Duration.ZERO, Duration.ofHours(1))) {
            Job job = expiring(late.negated());
            Reason.Expires expires = new Reason.Expires(LibraryOnly.KEY, NOW.minus(late), Duration.ZERO);
            assertThat(of(job, worker(1, 0, NOW), List.of()).reasons()).containsExactly(expires);

            PausedQueue paused =
                    ReadModelFactory.pausedQueue(NewJob.DEFAULT_QUEUE, ReadModelFactory.pause(NOW, null, null));
            assertThat(of(job, List.of(paused), worker(1, 0, NOW), List.of()).reasons())
                    .containsExactly(expires, new Reason.QueuePaused(LibraryOnly.KEY, paused.queue(), paused.pause()));
        }
    }

    @Test
    @DisplayName("a job that has started has no deadline any more")
    void started() {
        Job job = expiring(Duration.ofHours(-1)).toBuilder().postponements(1).build();
        assertThat(of(job, worker(1, 0, NOW), List.of()).first()).isInstanceOf(Reason.AboutToStart.class);
    }

    @Test
    @DisplayName("the jobs of a batch take one slot, as its worker says")
    void batch() {
        List<RunningJob> batch = rows(100, NOW.minusSeconds(20));
        Instant beat = NOW.minusSeconds(5);

        assertThat(of(PENDING, worker(2, 1, beat), batch).first()).isInstanceOf(Reason.AboutToStart.class);
        assertThat(of(PENDING, worker(1, 1, beat), batch).first()).isInstanceOf(Reason.SlotsBusy.class);
        assertThat(of(PENDING, worker(2, 1, beat), rows(2, NOW.minusSeconds(20)))
                        .first())
                .as("as many rows as slots")
                .isInstanceOf(Reason.AboutToStart.class);
        assertThat(of(PENDING, worker(2, 1, beat), rows(JobSituation.MOST, NOW.minusSeconds(20)))
                        .first())
                .as("a list that was cut")
                .isInstanceOf(Reason.AboutToStart.class);
    }

    @Test
    @DisplayName("what its worker has claimed since it said how busy it is, takes slots too")
    void claimed_since() {
        Instant beat = NOW.minusSeconds(5);

        assertThat(of(PENDING, worker(2, 0, beat), rows(2, NOW.minusSeconds(1))).first())
                .isInstanceOf(Reason.SlotsBusy.class);
        assertThat(of(
                                PENDING,
                                worker(2, 1, beat),
                                Stream.concat(rows(100, NOW.minusSeconds(9)).stream(), rows(1, beat).stream())
                                        .toList())
                        .first())
                .isInstanceOf(Reason.SlotsBusy.class);
        assertThat(of(PENDING, worker(2, 2, beat), rows(1, NOW.minusSeconds(9))).first())
                .as("one has ended since")
                .isInstanceOf(Reason.AboutToStart.class);
    }
}
