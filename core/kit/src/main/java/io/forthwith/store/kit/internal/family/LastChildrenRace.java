package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One family whose children all end at the same moment, each in its own way: they complete, fail, are cancelled, or lose their worker. The
 * parent has any policy, perhaps a finisher, and perhaps it is a group that is sealed at the same moment. It ends once, and its end follows
 * from its children by a function that is written here a second time.
 */
final class LastChildrenRace {
    private static final int THREADS = 8;
    private static final int CHILDREN = 50;
    private static final int BATCH = 5;

    /** How a child ends. */
    private enum Fate {
        COMPLETES,
        FAILS,
        /** By hand, while it runs. */
        CANCELLED,
        /** By hand, before it is due. */
        NEVER_STARTED
    }

    private final StoreFixture fixture;
    private final Random random;
    private final String name;
    private final ChildFailurePolicy policy;
    private final boolean isGroup;
    private final NewJob parent;
    private final NewJob after;
    private final @Nullable NewJob end;
    private final Map<NewJob, Fate> children = new HashMap<>();
    private final Map<UUID, Job> running = new HashMap<>();
    /** Every final state of the parent that a thread has read. */
    private final Set<Job> ends = ConcurrentHashMap.newKeySet();

    LastChildrenRace(StoreFixture fixture, long number) {
        this.fixture = fixture;
        this.name = "Family " + number + ", again with -Dforthwith.kit.family=" + number;
        // Neighbouring seeds would start with the same numbers.
        this.random = new Random(number * 0x9E37_79B9_7F4A_7C15L);
        this.policy = any(List.of(ChildFailurePolicy.values()));
        this.isGroup = random.nextInt(3) == 0;
        NewJob job = fixture.job().onChildFailure(policy);
        NewJob sweeping = random.nextInt(3) == 0 ? job.cancelOtherChildren() : job;
        this.parent = isGroup ? sweeping.unsealed() : sweeping;
        this.after = fixture.job().after(parent).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        this.end = random.nextBoolean() ? fixture.job().finisherOf(parent) : null;
    }

    void play() {
        boolean isLucky = random.nextInt(3) == 0;
        begin(isLucky);
        int lastTry = isLucky || random.nextBoolean() ? StoreFixture.CAP : 1;
        race(new TakeOverRequest(lastTry, Duration.ZERO, Locale.ENGLISH));
        finish();
        check();
    }

    private void begin(boolean isLucky) {
        List<NewJob> all = new ArrayList<>(List.of(after, parent));
        if (end != null) {
            all.add(end);
        }
        for (int i = 0; i < CHILDREN; i++) {
            Fate fate = isLucky || random.nextInt(8) > 0 ? Fate.COMPLETES : any(List.of(Fate.values()));
            NewJob child = fixture.childOf(parent);
            NewJob added = fate == Fate.NEVER_STARTED ? child.delay(Duration.ofHours(1)) : child;
            children.put(added, fate);
            all.add(added);
        }
        fixture.addAll(all.toArray(NewJob[]::new));
        if (random.nextBoolean()) {
            UUID dies = fixture.register();
            fixture.claimAs(dies, 1 + random.nextInt(3));
            fixture.age(StoreFixture.LEASE.plusSeconds(1));
        }
        fixture.newWorker();
        fixture.claim(100).forEach(job -> running.put(job.id(), job));
    }

    private void race(TakeOverRequest takeOver) {
        List<NewJob> order = new ArrayList<>(children.keySet());
        order.sort((a, b) -> a.id().compareTo(b.id()));
        Collections.shuffle(order, random);
        int takesOver = random.nextInt(CHILDREN);
        int seals = random.nextInt(CHILDREN);
        int batching = random.nextInt(THREADS + 1);
        RacingThreads.race(THREADS, thread -> () -> {
            List<Settlement> batch = new ArrayList<>();
            for (int c = thread; c < CHILDREN; c += THREADS) {
                if (c == takesOver) {
                    fixture.store.takeOver(takeOver);
                }
                if (c == seals) {
                    fixture.store.seal(parent.id(), Locale.ENGLISH);
                }
                end(order.get(c)).ifPresent(batch::add);
                if (batch.size() == (thread < batching ? BATCH : 1)) {
                    settle(batch);
                }
            }
            settle(batch);
            return thread;
        });
    }

    /** The settlements that run at that moment. */
    private Optional<Settlement> end(NewJob child) {
        Fate fate = children.getOrDefault(child, Fate.COMPLETES);
        Job job = running.get(child.id());
        if (fate == Fate.CANCELLED || fate == Fate.NEVER_STARTED) {
            fixture.cancel(child);
            watch();
        }
        if (job == null) {
            return Optional.empty();
        }
        return Optional.of(fate == Fate.FAILS ? StoreFixture.failure(job) : Settlement.complete(Claim.of(job), null));
    }

    private void settle(List<Settlement> batch) {
        if (!batch.isEmpty()) {
            assertThat(fixture.settleAll(batch)).as(name).isSubsetOf(Settled.APPLIED, Settled.CANCELLED);
            batch.clear();
            watch();
        }
    }

    private void watch() {
        Job seen = fixture.find(parent);
        if (seen.status().isFinal()) {
            ends.add(unsealed(seen));
        }
    }

    /** A group may be sealed after it has failed. */
    private static Job unsealed(Job job) {
        return job.toBuilder()
                .relations(JobRelations.NONE)
                .updatedAt(job.createdAt())
                .build();
    }

    /** Finishes the rest: children whose worker was lost, the finisher, and the successor of the parent. */
    private void finish() {
        fixture.store.takeOver(new TakeOverRequest(StoreFixture.CAP, Duration.ZERO, Locale.ENGLISH));
        fixture.store.seal(parent.id(), Locale.ENGLISH);
        boolean fails = random.nextInt(4) == 0;
        for (List<Job> due = fixture.claim(100); !due.isEmpty(); due = fixture.claim(100)) {
            for (Job job : due) {
                watch();
                Settled answer = job.relations().isFinisher() && fails ? fixture.fail(job) : fixture.complete(job);
                assertThat(answer).as(name).isEqualTo(Settled.APPLIED);
                watch();
            }
        }
    }

    private void check() {
        Job ended = fixture.find(parent);
        assertThat(ends)
                .as("%s%nWhat was seen of the parent once it had ended", name)
                .containsExactly(unsealed(ended));
        List<Job> rows = fixture.children(parent);
        assertThat(rows)
                .as(name)
                .hasSize(CHILDREN)
                .allMatch(child -> child.status().isFinal());
        long failed = count(rows, JobStatus.FAILED);
        long cancelled = count(rows, JobStatus.CANCELLED);
        boolean isSpoilt = policy != ChildFailurePolicy.IGNORE && failed + cancelled > 0;
        Job last = end == null ? null : fixture.find(end);

        assertThat(ended.status())
                .as(
                        "%s%n%s of %s failed, %s cancelled, %s, finisher %s",
                        name, failed, CHILDREN, cancelled, policy, last)
                .isEqualTo(
                        isSpoilt || (last != null && last.status() != JobStatus.COMPLETED)
                                ? JobStatus.FAILED
                                : JobStatus.COMPLETED);
        assertThat(ended.claim()).as(name).isZero();
        if (isSpoilt) {
            assertThat(ended.errorMessage()).as(name).matches("[1-9][0-9]* of 50 child jobs .*");
        }
        if (isSpoilt && policy == ChildFailurePolicy.FAIL_AT_END) {
            assertThat(ended.errorMessage())
                    .as(name)
                    .startsWith(failed > 0 ? failed + " of 50 child jobs failed: " : cancelled + " of 50 child jobs w");
        }
        if (last != null) {
            assertThat(last.status() == JobStatus.CANCELLED)
                    .as("%s%n%s", name, last)
                    .isEqualTo(isSpoilt);
            assertThat(last.claim()).as("%s%nHow often the finisher ran", name).isEqualTo(isSpoilt ? 0 : 1);
        }
        assertThat(fixture.find(after).claim())
                .as("%s%nHow often its successor ran", name)
                .isEqualTo(1);
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private static long count(List<Job> children, JobStatus status) {
        return children.stream().filter(child -> child.status() == status).count();
    }
}
