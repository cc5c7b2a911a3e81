package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The jobs and workers of one round of random commands: short names in the model and in traces, ids in the store. Each job has a priority
 * of its own, so that the order of a claim does not depend on microseconds, and no job cancels its siblings: for which of them a parent
 * fails would depend on whose jobs are taken over first.
 *
 * <p>Time is counted in ticks. Every duration is half a tick less than so many whole ones, and a tick is an hour: the time
 * that a test itself takes decides nothing.
 */
final class ScenarioJobs {
    static final Duration TICK = Duration.ofHours(1);
    /** As long as a delay or a lease, in ticks. */
    static final int LATER = 2;

    static final String KEY = "k";
    /** The priority of jobs that are parents from the start. It has no effect. */
    private static final int NEVER_RUNS = 5;

    static final PlannedJob ALONE = new PlannedJob("a", 9, KEY, 3);
    static final PlannedJob RIVAL = new PlannedJob("b", 8, KEY, null);
    /** Spawns {@link #SPAWNED}. */
    static final PlannedJob SINGLE = new PlannedJob("s", 7, null, null);

    static final PlannedJob AFTER =
            new PlannedJob("u", 6, null, null).after(PredecessorFailurePolicy.FAIL, List.of("s", "g"));
    static final PlannedJob TOP = new PlannedJob("t", NEVER_RUNS, null, null);
    static final PlannedJob PARENT = new PlannedJob("p", NEVER_RUNS, null, null).childOf("t");
    static final PlannedJob CHILD = new PlannedJob("c", 5, KEY, 2).childOf("p");
    static final PlannedJob SIBLING = new PlannedJob("d", 4, null, null).childOf("p");
    /** Takes {@link #MEMBER} and {@link #LATE_MEMBER} until it is sealed, and then {@link #END} runs. */
    static final PlannedJob GROUP = new PlannedJob("g", NEVER_RUNS, null, null)
            .unsealed()
            .onChildFailure(ChildFailurePolicy.FAIL_AT_END, false);

    static final PlannedJob MEMBER = new PlannedJob("m", 3, null, null).childOf("g");
    static final PlannedJob LATE_MEMBER =
            new PlannedJob("n", 2, null, null).childOf("g").after(PredecessorFailurePolicy.RUN, List.of("m"));
    static final PlannedJob END = new PlannedJob("z", 1, null, null).finisherOf("g");
    static final PlannedJob SPAWNED = new PlannedJob("y", 0, KEY, null).childOf("s");
    /** The policy of {@link #SINGLE} for a failed child that it has spawned. */
    static final ChildFailurePolicy SPAWNERS_POLICY = ChildFailurePolicy.IGNORE;

    static final List<PlannedJob> FAMILY = List.of(TOP, PARENT, CHILD, SIBLING);
    static final List<PlannedJob> NEW_GROUP = List.of(GROUP, END);
    private static final Set<String> PARENTS = Set.of("s", "t", "p", "g");

    private final long seed;
    private final Map<String, UUID> ids = new HashMap<>();
    private final Map<UUID, String> names = new HashMap<>();
    /** When the latest claim of each job began. */
    private final Map<UUID, Instant> starts = new HashMap<>();

    ScenarioJobs(long seed) {
        this.seed = seed;
    }

    /** Whether the job may have children: its percentage before it completes depends on when a store writes it. */
    static boolean mayBeParent(String name) {
        return PARENTS.contains(name);
    }

    static Duration lasting(int ticks) {
        return ticks == 0 ? Duration.ZERO : TICK.multipliedBy(ticks).minus(TICK.dividedBy(2));
    }

    /** The order of ids is independent of the names, because locks are taken in the order of ids. */
    synchronized UUID id(String name) {
        return ids.computeIfAbsent(name, unknown -> {
            Random random = new Random(seed + name.hashCode() * 0x9E37_79B9_7F4A_7C15L);
            UUID id = new UUID(random.nextLong(), random.nextLong());
            names.put(id, name);
            return id;
        });
    }

    synchronized String name(@Nullable UUID id) {
        return id == null ? "nobody" : names.getOrDefault(id, "stranger " + id);
    }

    /** Notes a claim that a store has answered with. */
    synchronized String name(Claim claim) {
        starts.put(claim.jobId(), claim.startedAt());
        return name(claim.jobId());
    }

    /** A claim with this number, and the start of the one of this job that was noted last. */
    synchronized Claim claim(String job, long number, String worker) {
        return new Claim(id(job), number, id(worker), starts.getOrDefault(id(job), Instant.EPOCH));
    }

    EncodedJob encode(StoreFixture fixture, PlannedJob planned, int delay) {
        return StoreFixture.encode(newJob(fixture, planned).delay(lasting(delay)));
    }

    private NewJob newJob(StoreFixture fixture, PlannedJob planned) {
        NewJob job = fixture.job()
                .id(id(planned.name()))
                .priority(planned.priority())
                .onChildFailure(planned.onChildFailure())
                .onPredecessorFailure(planned.onPredecessorFailure());
        job = planned.cancelsOtherChildren() ? job.cancelOtherChildren() : job;
        job = planned.isSealed() ? job : job.unsealed();
        job = planned.key() == null ? job : job.uniqueKey(planned.key());
        job = planned.maxAttempts() == null ? job : job.maxAttempts(planned.maxAttempts());
        for (String predecessor : planned.after()) {
            job = job.after(id(predecessor));
        }
        if (planned.parent() == null) {
            return job;
        }
        // The parent matters by its id only.
        NewJob parent = fixture.job().id(id(planned.parent()));
        return planned.isFinisher() ? job.finisherOf(parent) : job.parent(parent);
    }
}
