package io.forthwith.store.kit;

import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The jobs and workers of one round of random commands: short names in the model and in traces, ids in the store.
 *
 * <p>Time is counted in ticks. Whatever lasts, lasts half a tick less than so many whole ones, and a tick is an hour: the time
 * that a test itself takes decides nothing.
 */
final class Cast {
    static final Duration TICK = Duration.ofHours(1);
    /** As long as a delay or a lease, in ticks. */
    static final int LATER = 2;

    static final String KEY = "k";

    static final Role ALONE = new Role("a", null, KEY, 9, 3);
    static final Role RIVAL = new Role("b", null, KEY, 8, null);
    static final Role SINGLE = new Role("s", null, null, 7, null);
    static final Role TOP = new Role("t", null, null, 6, null);
    static final Role PARENT = new Role("p", "t", null, 5, null);
    static final Role CHILD = new Role("c", "p", KEY, 4, 2);
    static final Role SIBLING = new Role("d", "p", null, 3, null);
    /** The only roles with relatives; enqueued together. */
    static final List<Role> FAMILY = List.of(TOP, PARENT, CHILD, SIBLING);

    private static final Map<String, Role> ROLES =
            Map.of("a", ALONE, "b", RIVAL, "s", SINGLE, "t", TOP, "p", PARENT, "c", CHILD, "d", SIBLING);

    private final long seed;
    private final Map<String, UUID> ids = new HashMap<>();
    private final Map<UUID, String> names = new HashMap<>();

    /**
     * What a job is enqueued as.
     *
     * @param priority differs from job to job, so that the order of a claim does not hang on microseconds
     */
    record Role(
            String name,
            @Nullable String parent,
            @Nullable String key,
            int priority,
            @Nullable Integer maxAttempts) {}

    Cast(long seed) {
        this.seed = seed;
    }

    static Role role(String job) {
        return Objects.requireNonNull(ROLES.get(job));
    }

    static Duration lasting(int ticks) {
        return ticks == 0 ? Duration.ZERO : TICK.multipliedBy(ticks).minus(TICK.dividedBy(2));
    }

    /** In no order that has to do with the names: locks are taken in the order of ids. */
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

    EncodedJob encode(Fixture fixture, Role role, int delay) {
        return Fixture.encode(newJob(fixture, role).delay(lasting(delay)));
    }

    private NewJob newJob(Fixture fixture, Role role) {
        NewJob job = fixture.job().id(id(role.name)).priority(role.priority);
        if (role.key != null) {
            job = job.uniqueKey(role.key);
        }
        if (role.maxAttempts != null) {
            job = job.maxAttempts(role.maxAttempts);
        }
        return role.parent == null ? job : job.parent(newJob(fixture, role(role.parent)));
    }
}
