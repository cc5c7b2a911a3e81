package io.forthwith.store.kit.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The jobs and workers of one round of random commands: short names in the model and in traces, ids in the store.
 *
 * <p>Time is counted in ticks of one hour. A delay or lease is half a tick shorter than a whole number of ticks, so the time that the test
 * itself takes changes nothing.
 */
final class ScenarioJobs {
    static final Duration TICK = Duration.ofHours(1);
    /** The length of a delay or a lease in ticks. */
    static final int LATER = 2;

    static final String KEY = "k";
    /** The priority of a parent that waits from the start has no effect. */
    private static final int NEVER_RUNS = 5;

    static final Role ALONE = new Role("a", 9, KEY, 3, Ties.NONE);
    static final Role RIVAL = new Role("b", 8, KEY, null, Ties.NONE);
    /** Spawns {@link #SPAWNED}. */
    static final Role SINGLE = new Role("s", 7, null, null, Ties.NONE);

    static final Role AFTER = new Role("u", 6, null, null, Ties.NONE.after(PredecessorFailurePolicy.FAIL, "s", "g"));
    static final Role TOP = new Role("t", NEVER_RUNS, null, null, Ties.NONE);
    static final Role PARENT = new Role("p", NEVER_RUNS, null, null, Ties.childOf("t"));
    static final Role CHILD = new Role("c", 5, KEY, 2, Ties.childOf("p"));
    static final Role SIBLING = new Role("d", 4, null, null, Ties.childOf("p"));
    /** Takes {@link #MEMBER} and {@link #LATE_MEMBER} until it is sealed, and then {@link #END} runs. */
    static final Role GROUP = new Role("g", NEVER_RUNS, null, null, Ties.group(ChildFailurePolicy.FAIL_AT_END));

    static final Role MEMBER = new Role("m", 3, null, null, Ties.childOf("g"));
    static final Role LATE_MEMBER =
            new Role("n", 2, null, null, Ties.childOf("g").after(PredecessorFailurePolicy.RUN, "m"));
    static final Role END = new Role("z", 1, null, null, Ties.finisherOf("g"));
    static final Role SPAWNED = new Role("y", 0, KEY, null, Ties.childOf("s"));
    /** What becomes of {@link #SINGLE} if the child that it has spawned fails. */
    static final ChildFailurePolicy SPAWNERS_POLICY = ChildFailurePolicy.IGNORE;

    static final List<Role> FAMILY = List.of(TOP, PARENT, CHILD, SIBLING);
    static final List<Role> NEW_GROUP = List.of(GROUP, END);
    private static final Set<String> PARENTS = Set.of("s", "t", "p", "g");

    private final long seed;
    private final Map<String, UUID> ids = new HashMap<>();
    private final Map<UUID, String> names = new HashMap<>();

    /**
     * What a job is enqueued as.
     *
     * @param priority differs from job to job, so that the order of a claim does not depend on microseconds
     */
    record Role(
            String name,
            int priority,
            @Nullable String key,
            @Nullable Integer maxAttempts,
            Ties relations) {}

    /**
     * The relations of a job. No parent cancels siblings: the result of a take-over would depend on whose jobs are taken first.
     *
     * @param parent whose child it is
     * @param isFinisher whether it runs after the other children
     * @param after the jobs that it comes after
     */
    record Ties(
            @Nullable String parent,
            boolean isFinisher,
            boolean isSealed,
            ChildFailurePolicy onChildFailure,
            List<String> after,
            PredecessorFailurePolicy onPredecessorFailure) {
        static final Ties NONE =
                new Ties(null, false, true, ChildFailurePolicy.FAIL_AT_ONCE, List.of(), PredecessorFailurePolicy.FAIL);

        static Ties childOf(String parent) {
            return new Ties(parent, false, true, NONE.onChildFailure, List.of(), NONE.onPredecessorFailure);
        }

        static Ties finisherOf(String parent) {
            return new Ties(parent, true, true, NONE.onChildFailure, List.of(), NONE.onPredecessorFailure);
        }

        static Ties group(ChildFailurePolicy policy) {
            return new Ties(null, false, false, policy, List.of(), NONE.onPredecessorFailure);
        }

        Ties after(PredecessorFailurePolicy policy, String... others) {
            return new Ties(parent, isFinisher, isSealed, onChildFailure, List.of(others), policy);
        }

        boolean isNone() {
            return parent == null && isSealed && after.isEmpty();
        }
    }

    ScenarioJobs(long seed) {
        this.seed = seed;
    }

    /** Whether the job may have children: its progress before it completes depends on seconds. */
    static boolean mayBeParent(String name) {
        return PARENTS.contains(name);
    }

    static Duration lasting(int ticks) {
        return ticks == 0 ? Duration.ZERO : TICK.multipliedBy(ticks).minus(TICK.dividedBy(2));
    }

    /** Ids in random order: locks are taken in the order of ids, which must not follow the names. */
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

    Claim claim(String job, long number, String worker) {
        return new Claim(id(job), number, id(worker));
    }

    EncodedJob encode(StoreFixture fixture, Role role, int delay) {
        return StoreFixture.encode(newJob(fixture, role).delay(lasting(delay)));
    }

    private NewJob newJob(StoreFixture fixture, Role role) {
        NewJob job = withTies(fixture.job().id(id(role.name)).priority(role.priority), role.relations);
        if (role.key != null) {
            job = job.uniqueKey(role.key);
        }
        return role.maxAttempts == null ? job : job.maxAttempts(role.maxAttempts);
    }

    private NewJob withTies(NewJob plain, Ties relations) {
        NewJob job =
                plain.onChildFailure(relations.onChildFailure).onPredecessorFailure(relations.onPredecessorFailure);
        for (String predecessor : relations.after) {
            job = job.after(id(predecessor));
        }
        if (!relations.isSealed) {
            job = job.unsealed();
        }
        if (relations.parent == null) {
            return job;
        }
        NewJob parent = plain.id(id(relations.parent));
        return relations.isFinisher ? job.finisherOf(parent) : job.parent(parent);
    }
}
