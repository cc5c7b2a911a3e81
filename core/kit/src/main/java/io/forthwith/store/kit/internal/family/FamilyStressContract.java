package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** All calls that move jobs, by several threads on the same families, for about a second. */
public abstract class FamilyStressContract {
    private static final int FAMILIES = 5;
    private static final int CHILDREN = 4;
    private static final Duration FOR = Duration.ofSeconds(1);
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    public abstract StoreFixture fixture();

    /** What one thread repeats. */
    private interface Deed {
        void doIt(Random random);
    }

    @Test
    @DisplayName(
            "settle, spawn, cancel, take-over, retry, purge, fill and seal of the same families: no job waits for nothing, nothing deadlocks")
    void turmoil() {
        long seed = ThreadLocalRandom.current().nextLong();
        String trace = "Seed " + seed;
        System.out.println("Turmoil in families: seed " + seed);
        List<List<NewJob>> families = new ArrayList<>();
        for (int i = 0; i < FAMILIES; i++) {
            families.add(family(
                    new Random(seed + i), i == 0 ? null : families.get(i - 1).get(0)));
        }
        families.forEach(this::add);
        List<UUID> workers = List.of(fixture().register(), fixture().register());
        List<Deed> deeds = List.of(
                random -> work(workers.get(0), random),
                random -> work(workers.get(1), random),
                this::die,
                random -> cancel(any(families, random), random),
                random -> retry(any(families, random), random),
                random -> fixture().store.purge(NOTHING, 1 + random.nextInt(20)).jobs(),
                random -> fill(families.get(random.nextInt(FAMILIES)), random),
                random -> fixture().store.seal(any(families, random).id(), Locale.ENGLISH));

        long end = System.nanoTime() + FOR.toNanos();
        RacingThreads.race(deeds.size(), thread -> () -> {
            Random random = new Random(seed + thread);
            while (System.nanoTime() - end < 0) {
                deeds.get(thread).doIt(random);
            }
            return thread;
        });

        FamilyInvariants.check(fixture().store, trace);
        finish(workers);
        FamilyInvariants.check(fixture().store, trace);
        assertThat(FamilyInvariants.all(fixture().store))
                .as("%s: everything can be brought to its end", trace)
                .allMatch(job -> job.status().isFinal());
        // More may be left, and a call may look at some of them only.
        for (int calls = 0; calls < 1_000 && fixture().store.countByScan(JobQuery.all()) > 0; calls++) {
            fixture().store.purge(NOTHING, 1_000);
        }
        assertThat(fixture().store.countByScan(JobQuery.all())).as(trace).isZero();
    }

    /** A group with a finisher, children of which two come after others, a family inside, and a job that comes after the group. */
    private List<NewJob> family(Random random, @Nullable NewJob other) {
        NewJob group = fixture().job().unsealed().onChildFailure(any(ChildFailurePolicy.values(), random));
        NewJob swept = random.nextBoolean() ? group.cancelOtherChildren() : group;
        List<NewJob> family = new ArrayList<>(List.of(swept));
        for (int i = 0; i < CHILDREN; i++) {
            NewJob child = fixture().childOf(group);
            NewJob chained = i % 2 == 1 ? child.after(family.get(i)) : child;
            family.add(chained.onPredecessorFailure(any(PredecessorFailurePolicy.values(), random)));
        }
        NewJob inner = fixture().childOf(group).onChildFailure(any(ChildFailurePolicy.values(), random));
        family.add(inner);
        family.add(fixture().childOf(inner));
        family.add(fixture().childOf(inner));
        family.add(fixture().job().finisherOf(group));
        NewJob after =
                fixture().job().after(group).onPredecessorFailure(any(PredecessorFailurePolicy.values(), random));
        family.add(other == null ? after : after.after(other));
        return family;
    }

    private static <T> T any(T[] values, Random random) {
        return values[random.nextInt(values.length)];
    }

    private static NewJob any(List<List<NewJob>> families, Random random) {
        List<NewJob> family = families.get(random.nextInt(families.size()));
        return family.get(random.nextInt(4) == 0 ? 0 : random.nextInt(family.size()));
    }

    private void add(List<NewJob> jobs) {
        fixture().addAll(jobs.toArray(NewJob[]::new));
    }

    /** Claims some, reports, and settles them in one batch. */
    private void work(UUID worker, Random random) {
        fixture().store.beat(worker, StoreFixture.LEASE, WorkerLoad.NONE);
        List<Job> claimed = fixture().claimAs(worker, 1 + random.nextInt(10));
        fixture()
                .store
                .report(claimed.stream()
                        .map(job ->
                                new ProgressReport(Claim.of(job), JobProgress.NONE.withPercent(random.nextInt(100))))
                        .toList());
        List<Settlement> batch = new ArrayList<>();
        for (Job job : claimed) {
            if (random.nextInt(5) == 0) {
                fixture().begin(job, StoreFixture.CHARGE);
            }
            batch.add(settlement(job, random));
        }
        fixture().settleAll(batch);
    }

    private Settlement settlement(Job job, Random random) {
        Claim claim = Claim.of(job);
        int draw = job.isUndo() ? 0 : random.nextInt(20);
        if (draw < 11) {
            return Settlement.complete(claim, "1");
        } else if (draw < 15) {
            return StoreFixture.failure(job);
        } else if (draw < 17) {
            return Settlement.retry(claim, JobError.retryable("timeout", "Slow"), Duration.ZERO);
        } else if (draw < 18) {
            return Settlement.giveBack(claim);
        }
        NewJob child = fixture().job().parent(job.id());
        NewJob next = fixture().job().parent(job.id()).after(child);
        return Settlement.awaitChildren(
                claim,
                "2",
                new SpawnedJobs(
                        List.of(StoreFixture.encode(child), StoreFixture.encode(next)),
                        any(ChildFailurePolicy.values(), random),
                        random.nextBoolean()));
    }

    /** A worker registers, claims something and deregisters; its jobs are taken over. */
    private void die(Random random) {
        UUID worker = fixture().register();
        fixture().claimAs(worker, 1 + random.nextInt(3));
        fixture().store.deregister(worker);
        fixture()
                .store
                .takeOver(new TakeOverRequest(1 + random.nextInt(StoreFixture.CAP), Duration.ZERO, Locale.ENGLISH));
    }

    private void cancel(NewJob job, Random random) {
        if (random.nextBoolean()) {
            fixture().cancel(job);
        }
        fixture().store.predecessors(job.id());
    }

    private void retry(NewJob job, Random random) {
        if (random.nextBoolean()) {
            fixture().retry(job);
        } else {
            fixture().store.retryPage(JobQuery.all().atMost(1 + random.nextInt(20)));
        }
    }

    /** Adds the whole graph again, although some of its jobs may have been deleted; or adds another child. */
    private void fill(List<NewJob> family, Random random) {
        if (random.nextBoolean()) {
            add(family);
        } else {
            fixture().add(fixture().childOf(family.get(0)));
        }
        fixture().store.children(family.get(0).id(), 0, 10);
    }

    private void finish(List<UUID> workers) {
        workers.forEach(fixture().store::deregister);
        fixture().takeOver();
        // An undo that has lost workers comes back late.
        fixture().age(Duration.ofDays(1));
        FamilyInvariants.all(fixture().store).stream()
                .filter(job -> job.status() == JobStatus.WAITING)
                .forEach(job -> fixture().store.seal(job.id(), Locale.ENGLISH));
        for (List<Job> due = fixture().claim(100);
                !due.isEmpty();
                due = fixture().claim(100)) {
            fixture()
                    .settleAll(due.stream()
                            .map(job -> Settlement.complete(Claim.of(job), null))
                            .toList());
        }
    }
}
