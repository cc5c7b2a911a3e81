package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.Reason;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Pause;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@link JobClient#why} says, out of what the store answers. */
public abstract class SituationContract {
    private static final String TYPE = StoreFixture.TYPE.name();
    private static final int ROUNDS = 12;

    public abstract StoreFixture fixture();

    private Diagnosis why(UUID id) {
        Diagnosis diagnosis = JobClient.of(fixture().store).why(id);
        // Every sentence can be said in both languages.
        for (Locale locale : List.of(Locale.ENGLISH, Locale.CHINESE)) {
            assertThat(diagnosis.text(locale)).isNotBlank().doesNotContain("{");
        }
        assertThat(diagnosis.text(Locale.CHINESE)).isNotEqualTo(diagnosis.text(Locale.ENGLISH));
        return diagnosis;
    }

    private <R extends Reason> R first(NewJob job, Class<R> kind) {
        Reason first = why(job.id()).first();
        assertThat(first).as("%s", first).isInstanceOf(kind);
        return kind.cast(first);
    }

    private UUID serving(WorkerInfo.Serves serves) {
        UUID id = UUID.randomUUID();
        fixture()
                .store
                .register(
                        ReadModelFactory.workerInfo(id, "kit", "localhost", 1, serves, "1", null), StoreFixture.LEASE);
        return id;
    }

    private static WorkerInfo.Serves serves(String queue, String type, boolean onlyTypes, int concurrency) {
        return ReadModelFactory.workerServes(List.of(queue), List.of(type), onlyTypes, concurrency);
    }

    private static WorkerInfo.Serves usual(int concurrency) {
        return serves(NewJob.DEFAULT_QUEUE, TYPE, false, concurrency);
    }

    private NewJob added() {
        NewJob job = fixture().job();
        fixture().add(job);
        return job;
    }

    @Test
    @DisplayName("no job, and jobs that have ended")
    void noneAndEnded() {
        first(fixture().job(), Reason.NotFound.class);
        NewJob failed = added();
        fixture().fails(failed, "no paper");
        assertThat(first(failed, Reason.Ended.class))
                .extracting(Reason.Ended::status, Reason.Ended::message)
                .containsExactly(JobStatus.FAILED, "no paper");
        assertThat(fixture().store.situation(UUID.randomUUID())).isEmpty();
    }

    @Test
    @DisplayName("a job that runs, one that is to be cancelled, and one whose worker is dead")
    void processing() {
        NewJob job = added();
        UUID worker = serving(usual(1));
        fixture().claimAs(worker, 1);
        assertThat(first(job, Reason.Running.class))
                .satisfies(running -> assertThat(running.worker()).isEqualTo("kit"))
                .satisfies(running -> assertThat(running.leaseLeft()).isPositive())
                .satisfies(running -> assertThat(running.cancelRequested()).isFalse());
        fixture().cancel(job);
        assertThat(first(job, Reason.Running.class).cancelRequested()).isTrue();
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        assertThat(first(job, Reason.WorkerDead.class).since()).isPositive();
        fixture().store.deregister(worker);
        assertThat(first(job, Reason.WorkerDead.class).since()).isNull();
    }

    @Test
    @DisplayName("a group that is not sealed, a parent, its finisher, and a successor wait for what is open")
    void waiting() {
        NewJob group = fixture().job().unsealed();
        NewJob one = fixture().childOf(group);
        NewJob two = fixture().childOf(group);
        NewJob after = fixture().job().after(one, two);
        fixture().addAll(group, one, two, after);
        Diagnosis unsealed = why(group.id());
        assertThat(unsealed.first()).isInstanceOf(Reason.GroupUnsealed.class);
        assertThat(unsealed.find(Reason.ChildrenOpen.class)).contains(new Reason.ChildrenOpen(LibraryOnly.KEY, 2, 2));
        assertThat(first(after, Reason.PredecessorsOpen.class))
                .isEqualTo(new Reason.PredecessorsOpen(LibraryOnly.KEY, List.of(one.id(), two.id()), 2));

        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent).delay(Duration.ofHours(1));
        NewJob finisher = fixture().job().finisherOf(parent);
        fixture().addAll(parent, child, finisher);
        assertThat(first(parent, Reason.ChildrenOpen.class)).isEqualTo(new Reason.ChildrenOpen(LibraryOnly.KEY, 2, 2));
        assertThat(first(finisher, Reason.SiblingsOpen.class).parent()).isEqualTo(parent.id());
        fixture().completes(one);
        assertThat(first(after, Reason.PredecessorsOpen.class).count()).isEqualTo(1);
    }

    @Test
    @DisplayName("a job that was delayed, one that is tried again and one that was not ready are not due")
    void notDue() {
        serving(usual(1));
        NewJob delayed = fixture().job().delay(Duration.ofHours(1));
        fixture().add(delayed);
        Reason.NotDue first = first(delayed, Reason.NotDue.class);
        assertThat(first.cause()).isEqualTo(Reason.NotDue.Cause.DELAYED);
        assertThat(first.left()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));

        NewJob job = added();
        Claim claim = Claim.of(fixture().running(job));
        fixture().settle(Settlement.postpone(claim, Duration.ofMinutes(5), "no image"));
        Reason.NotDue postponed = first(job, Reason.NotDue.class);
        assertThat(postponed.cause()).isEqualTo(Reason.NotDue.Cause.POSTPONED);
        assertThat(postponed.detail()).isEqualTo("no image");
        fixture().age(Duration.ofMinutes(6));
        fixture().newWorker();
        Claim again = Claim.of(fixture().running(job));
        fixture().settle(Settlement.retry(again, JobError.user("busy", "the printer is busy"), Duration.ofMinutes(5)));
        Reason.NotDue retried = first(job, Reason.NotDue.class);
        assertThat(retried.cause()).isEqualTo(Reason.NotDue.Cause.RETRY);
        assertThat(retried.times()).isEqualTo(1);
        assertThat(retried.detail()).isEqualTo("the printer is busy");
    }

    @Test
    @DisplayName("a paused queue, with who has paused it and why, though also no worker serves it")
    void paused() {
        NewJob job = added();
        fixture().store.pauseQueue(NewJob.DEFAULT_QUEUE, Pause.by("ada").because("no paper"));
        Diagnosis diagnosis = why(job.id());
        assertThat(((Reason.QueuePaused) diagnosis.first()).pause())
                .satisfies(pause -> assertThat(pause.by()).isEqualTo("ada"))
                .satisfies(pause -> assertThat(pause.reason()).isEqualTo("no paper"));
        assertThat(diagnosis.find(Reason.QueueUnserved.class)).isPresent();
    }

    @Test
    @DisplayName("a queue that no living worker serves, with those that are served, similar names first")
    void unserved() {
        NewJob job = fixture().job().queue("invoice");
        fixture().add(job);
        assertThat(first(job, Reason.QueueUnserved.class).similar()).isEmpty();
        serving(serves("mails", TYPE, false, 1));
        serving(serves("invoices", TYPE, false, 1));
        assertThat(first(job, Reason.QueueUnserved.class).similar()).containsExactly("invoices", "mails");
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        assertThat(first(job, Reason.QueueUnserved.class).similar()).isEmpty();
    }

    @Test
    @DisplayName("a type that all workers of the queue leave to others, and one that none has a processor for")
    void types() {
        NewJob job = added();
        serving(serves(NewJob.DEFAULT_QUEUE, "other", true, 1));
        first(job, Reason.TypeSkipped.class);
        serving(serves(NewJob.DEFAULT_QUEUE, "other", false, 1));
        first(job, Reason.TypeUnknown.class);
        UUID knows = serving(usual(1));
        first(job, Reason.AboutToStart.class);
        assertThat(why(job.id()).find(Reason.TypeLeft.class)).contains(new Reason.TypeLeft(LibraryOnly.KEY, TYPE, 1));
        fixture().claimAs(knows, 1);
        NewJob next = added();
        first(next, Reason.SlotsBusy.class);
        assertThat(why(next.id()).find(Reason.TypeLeft.class)).contains(new Reason.TypeLeft(LibraryOnly.KEY, TYPE, 1));
    }

    @Test
    @DisplayName("workers that stop, that say that something is wrong with them, or do not say what they serve")
    void stoppingOrSilent() {
        NewJob job = added();
        UUID worker = serving(usual(1));
        fixture().store.beat(worker, StoreFixture.LEASE, ReadModelFactory.workerLoad(0, false, true));
        assertThat(first(job, Reason.WorkersDegraded.class).workers()).isEqualTo(1);
        UUID well = serving(usual(1));
        first(job, Reason.AboutToStart.class);
        fixture().store.deregister(well);
        fixture().store.beat(worker, StoreFixture.LEASE, ReadModelFactory.workerLoad(0, true));
        assertThat(first(job, Reason.WorkersStopping.class).workers()).isEqualTo(1);
        fixture().register();
        assertThat(first(job, Reason.WorkersSilent.class).workers()).isEqualTo(1);
    }

    @Test
    @DisplayName("a job whose worker was lost is due a little later, and an undo job that no worker takes says so")
    void lostAndUndo() {
        NewJob job = added();
        fixture().claim(1);
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        fixture().newWorker();
        fixture().store.takeOver(new TakeOverRequest(StoreFixture.CAP, Duration.ofHours(1), Locale.ENGLISH));
        if (fixture()
                .find(job)
                .runAt()
                .isAfter(fixture().store.situation(job.id()).orElseThrow().now())) {
            assertThat(first(job, Reason.NotDue.class).cause()).isEqualTo(Reason.NotDue.Cause.LOST);
        }
        fixture().cancel(job);
        fixture().failedAfterCharge();
        Job undo = fixture().onlyUndo();
        fixture().age(StoreFixture.LEASE.plusSeconds(1));
        assertThat(why(undo.id()).find(Reason.QueueUnserved.class)).isPresent();
        serving(serves("elsewhere", "other", false, 1));
        assertThat(why(undo.id()).find(Reason.TypeSkipped.class)).isPresent();
        serving(serves("elsewhere", TYPE, true, 1));
        assertThat(why(undo.id()).reasons())
                .hasOnlyElementsOfTypes(Reason.AboutToStart.class, Reason.NothingFound.class);
    }

    @Test
    @DisplayName("slots that are all busy, with what runs there, and due jobs that go first")
    void busyOrBehind() {
        UUID worker = serving(usual(2));
        NewJob one = added();
        NewJob two = added();
        fixture().claimAs(worker, 2);
        NewJob urgent = fixture().job().priority(9);
        NewJob sooner = fixture().job().priority(9).delay(Duration.ofMinutes(30));
        NewJob lazy = fixture().job().priority(1);
        NewJob late = fixture().job().priority(9).delay(Duration.ofHours(1));
        NewJob elsewhere = fixture().job().priority(9).queue("elsewhere");
        NewJob job = fixture().job();
        fixture().addAll(fixture().job(), lazy, late, sooner, elsewhere, urgent);
        fixture().age(Duration.ofSeconds(1));
        fixture().add(job);
        Diagnosis diagnosis = why(job.id());
        Reason.SlotsBusy busy = (Reason.SlotsBusy) diagnosis.first();
        assertThat(busy.slots()).isEqualTo(2);
        assertThat(busy.longest()).extracting(running -> running.id()).containsExactlyInAnyOrder(one.id(), two.id());
        assertThat(diagnosis.find(Reason.Behind.class)).contains(new Reason.Behind(LibraryOnly.KEY, 2));
        assertThat(why(urgent.id()).find(Reason.Behind.class)).isEmpty();
        assertThat(why(late.id()).find(Reason.Behind.class)).contains(new Reason.Behind(LibraryOnly.KEY, 1));
        serving(usual(1));
        assertThat(first(job, Reason.Behind.class).jobs()).isEqualTo(2);
        fixture().store.outcomes().ifPresent(outcomes -> {
            Instant minute = Objects.requireNonNull(why(job.id()).at()).truncatedTo(ChronoUnit.MINUTES);
            outcomes.record(
                    UUID.randomUUID(),
                    List.of(ended(minute, NewJob.DEFAULT_QUEUE, 1_000), ended(minute, "elsewhere", 1)),
                    List.of());
            Duration estimate =
                    Objects.requireNonNull(first(job, Reason.Behind.class).estimate());
            Instant later = Objects.requireNonNull(why(job.id()).at());
            assertThat(estimate).isBetween(Duration.ZERO, timeOfTwo(minute, later));
        });
        serving(usual(2));
        first(job, Reason.AboutToStart.class);
    }

    /** How long two jobs take if a thousand have ended between these times. */
    private static Duration timeOfTwo(Instant from, Instant until) {
        return Duration.between(from, until).multipliedBy(2).dividedBy(1_000);
    }

    private static JobOutcomes ended(Instant minute, String queue, long jobs) {
        return ReadModelFactory.jobOutcomes(
                minute,
                JobOutcomes.MINUTE,
                queue,
                TYPE,
                JobOutcomes.Outcome.COMPLETED,
                jobs,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
    }

    @Test
    @DisplayName("jobs that are due at the same time are ordered by id, as a claim orders them")
    void sameTime() {
        UUID busy = serving(usual(1));
        added();
        fixture().claimAs(busy, 1);
        List<NewJob> jobs = List.of(fixture().job(), fixture().job(), fixture().job());
        fixture().addAll(jobs.toArray(NewJob[]::new));
        List<Integer> ahead = new ArrayList<>();
        for (NewJob job : jobs) {
            ahead.add(why(job.id())
                    .find(Reason.Behind.class)
                    .map(Reason.Behind::jobs)
                    .orElse(0));
        }
        List<UUID> claimed = fixture().claim(1).stream().map(Job::id).toList();
        assertThat(ahead).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(claimed).containsExactly(jobs.get(ahead.indexOf(0)).id());
    }

    @Test
    @DisplayName("a job at its last try, while every worker that takes it holds such a job")
    void lastTry() {
        NewJob one = added();
        NewJob two = added();
        for (int lost = 1; lost < StoreFixture.CAP; lost++) {
            fixture().claim(10);
            fixture().loseWorkers();
            fixture().age(Duration.ofHours(1));
            fixture().newWorker();
        }
        UUID worker = serving(usual(9));
        List<UUID> held = fixture().claimAs(worker, 9).stream().map(Job::id).toList();
        assertThat(held).hasSize(1);
        assertThat(first(held.contains(one.id()) ? two : one, Reason.LastTry.class)
                        .lostWorkers())
                .isEqualTo(StoreFixture.CAP - 1);
    }

    @Test
    @DisplayName(
            "a deadline beside the other reasons; once it has passed, it goes first, and the job is not about to start")
    void deadline() {
        NewJob job = fixture().job().expiresAfter(Duration.ofHours(1));
        fixture().add(job);
        UUID worker = serving(usual(1));
        first(job, Reason.AboutToStart.class);
        assertThat(why(job.id()).find(Reason.Expires.class)).isPresent();
        fixture().age(Duration.ofHours(1));
        fixture().store.beat(worker, Duration.ofHours(1), WorkerLoad.NONE);
        assertThat(why(job.id()).reasons())
                .singleElement()
                .satisfies(reason -> assertThat(reason)
                        .isInstanceOfSatisfying(
                                Reason.Expires.class,
                                expires -> assertThat(expires.left()).isZero()));
        fixture().store.pauseQueue(NewJob.DEFAULT_QUEUE, Pause.of());
        first(job, Reason.Expires.class);
    }

    @Test
    @DisplayName("a job that nothing keeps is about to start; after a minute nothing is found")
    void nothing() {
        NewJob job = added();
        UUID worker = serving(usual(1));
        first(job, Reason.AboutToStart.class);
        fixture().age(Duration.ofSeconds(61));
        fixture().store.beat(worker, Duration.ofHours(1), WorkerLoad.NONE);
        assertThat(first(job, Reason.NothingFound.class).due()).isGreaterThanOrEqualTo(Duration.ofSeconds(61));
        assertThat(why(job.id()).checked()).contains("NotDue", "QueuePaused", "QueueUnserved", "RowLocked");
    }

    @Test
    @DisplayName(
            "in random states, the first reason is true: what nothing keeps is claimed, and what is claimed nothing kept")
    void randomStates() {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = ThreadLocalRandom.current().nextLong();
            assertTrueReasons(new Random(seed), "seed " + seed);
        }
    }

    private record Fleet(UUID id, WorkerInfo.Serves serves, boolean isStopping) {}

    private record Asked(NewJob job, Diagnosis diagnosis, boolean isPending) {}

    /** Why no claim takes a job. */
    private static Class<? extends Reason> whatKeeps(NewJob job, boolean isPaused, List<Fleet> workers) {
        if (!job.delay().isZero()) {
            return Reason.NotDue.class;
        }
        if (isPaused && job.queue().equals("b")) {
            return Reason.QueuePaused.class;
        }
        if (workers.stream()
                .anyMatch(worker -> worker.serves.takes(job.queue(), job.type().name()))) {
            return Reason.WorkersStopping.class;
        }
        return workers.stream().anyMatch(worker -> worker.serves.servesQueue(job.queue()))
                ? Reason.TypeSkipped.class
                : Reason.QueueUnserved.class;
    }

    /** The workers that take a job. If some of them know its type, the others leave it to them. */
    private static List<Fleet> takers(NewJob job, List<Fleet> workers) {
        List<Fleet> all = workers.stream()
                .filter(worker -> worker.serves.takes(job.queue(), job.type().name()))
                .toList();
        List<Fleet> knowing = all.stream()
                .filter(worker -> worker.serves.types().contains(job.type().name()))
                .toList();
        return knowing.isEmpty() ? all : knowing;
    }

    private Set<QueuedType> leftBy(Fleet worker) {
        Set<QueuedType> unknown = new HashSet<>();
        for (String type : List.of(TYPE, "other")) {
            if (!worker.serves.types().contains(type)) {
                worker.serves.queues().forEach(queue -> unknown.add(new QueuedType(queue, type)));
            }
        }
        return fixture().store.servedByOthers(worker.id, unknown);
    }

    private void assertTrueReasons(Random random, String seed) {
        List<String> queues = List.of(NewJob.DEFAULT_QUEUE, "b");
        List<String> types = List.of(TYPE, "other");
        List<Fleet> workers = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            WorkerInfo.Serves serves = serves(
                    queues.get(random.nextInt(2)),
                    types.get(random.nextInt(2)),
                    random.nextBoolean(),
                    1 + random.nextInt(3));
            workers.add(new Fleet(serving(serves), serves, random.nextInt(4) == 0));
        }
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            NewJob job = NewJob.of(JobType.of(types.get(random.nextInt(2)), Object.class), "input")
                    .queue(queues.get(random.nextInt(2)))
                    .priority(random.nextInt(10));
            jobs.add(random.nextInt(5) == 0 ? job.delay(Duration.ofHours(1)) : job);
        }
        fixture().addAll(jobs.toArray(NewJob[]::new));
        for (Fleet worker : workers) {
            if (random.nextBoolean()) {
                claim(worker, random.nextInt(worker.serves.concurrency() + 1));
            }
            if (worker.isStopping) {
                fixture().store.beat(worker.id, StoreFixture.LEASE, ReadModelFactory.workerLoad(0, true));
            }
        }
        boolean isPaused = random.nextInt(3) == 0;
        if (isPaused) {
            fixture().store.pauseQueue("b", Pause.of());
        }

        List<Asked> asked = jobs.stream()
                .map(job -> new Asked(job, why(job.id()), fixture().status(job) == JobStatus.PENDING))
                .toList();
        List<Fleet> free = workers.stream()
                .filter(worker ->
                        !worker.isStopping && fixture().store.held(worker.id).size() < worker.serves.concurrency())
                .toList();
        Set<UUID> claimed = new HashSet<>();
        workers.stream()
                .filter(worker -> !worker.isStopping)
                .forEach(worker -> claim(worker, 100).forEach(job -> claimed.add(job.id())));
        for (Asked each : asked) {
            NewJob job = each.job;
            Reason first = each.diagnosis.first();
            String what = seed + ": " + first;
            boolean isFree = free.stream().anyMatch(takers(job, workers)::contains);
            if (!each.isPending) {
                assertThat(first).as(what).isInstanceOf(Reason.Running.class);
            } else if (!claimed.contains(job.id())) {
                assertThat(first)
                        .as("%s, of a job that no claim takes", what)
                        .isInstanceOf(whatKeeps(job, isPaused, workers));
            } else if (first instanceof Reason.Behind behind) {
                assertThat(isFree).as("%s, but no worker is free", what).isTrue();
                assertThat(behind.jobs()).as(what).isLessThanOrEqualTo((int) jobs.stream()
                        .filter(other -> other.queue().equals(job.queue()) && other.priority() >= job.priority())
                        .count());
            } else if (first instanceof Reason.SlotsBusy) {
                assertThat(isFree).as("%s, but a worker is free", what).isFalse();
            } else {
                assertThat(first)
                        .as("%s, of a job that a claim takes", what)
                        .isInstanceOfAny(Reason.AboutToStart.class, Reason.TypeUnknown.class);
                assertThat(isFree || first instanceof Reason.TypeUnknown)
                        .as("%s, but no worker is free", what)
                        .isTrue();
            }
        }
        workers.forEach(worker -> fixture().store.deregister(worker.id));
        fixture().store.resumeQueue("b");
        fixture().store.scan(JobQuery.all()).forEach(job -> fixture().store.cancel(job.id(), Locale.ENGLISH));
    }

    private List<Job> claim(Fleet worker, int limit) {
        return limit == 0
                ? List.of()
                : fixture()
                        .store
                        .claim(new ClaimRequest(
                                worker.id,
                                worker.serves.queues(),
                                limit,
                                Set.copyOf(worker.serves.types()),
                                StoreFixture.CAP,
                                worker.serves.onlyTypes(),
                                null,
                                leftBy(worker)));
    }
}
