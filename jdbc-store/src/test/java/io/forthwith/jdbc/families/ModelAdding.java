package io.forthwith.jdbc.families;

import io.forthwith.JobStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How jobs come into the model, and why they may not. */
final class ModelAdding {
    static final String SENSELESS = "IllegalArgumentException";

    private final Nodes jobs;
    private final Function<String, UUID> ids;

    ModelAdding(Nodes jobs, Function<String, UUID> ids) {
        this.jobs = jobs;
        this.ids = ids;
    }

    boolean isFamily(List<Role> call) {
        return call.stream()
                .anyMatch(role -> role.parent() != null
                        || role.isUnsealed()
                        || !role.after().isEmpty());
    }

    /** Any of the reasons for which a call adds nothing. */
    Set<String> refusals(List<Role> call) {
        if (Waits.within(call).hasCycle() || call.stream().anyMatch(role -> isSenseless(role, call))) {
            return Set.of(SENSELESS);
        }
        List<Role> added = call.stream().filter(role -> !jobs.has(role.name())).toList();
        Set<String> names = new HashSet<>();
        added.forEach(role -> names.add(role.name()));
        Waits waits = Waits.with(added, jobs);
        Set<String> refusals = new TreeSet<>();
        for (Role role : added) {
            String parent = role.parent();
            if (parent != null && !names.contains(parent)) {
                if (role.isFinisher() || !isOpenGroup(jobs.find(parent))) {
                    refusals.add("PARENT_CLOSED " + parent);
                }
                // The group would wait for somebody who waits for the group, and so for the child.
                waits.allWaitedForBy(role.name()).stream()
                        .filter(other ->
                                jobs.has(other) && waits.allWaitedForBy(other).contains(role.name()))
                        .forEach(other -> refusals.add("CYCLE " + other));
            }
            role.after().stream()
                    .filter(predecessor -> !names.contains(predecessor) && !jobs.has(predecessor))
                    .forEach(predecessor -> refusals.add("NO_PREDECESSOR " + predecessor));
            if (jobs.holderOf(role.key()) != null) {
                refusals.add("CONFLICT " + jobs.holderOf(role.key()).name);
            }
            added.stream()
                    .filter(other -> role.key() != null
                            && role.key().equals(other.key())
                            && !role.name().equals(other.name()))
                    .forEach(other -> refusals.add("CONFLICT " + other.name()));
        }
        return refusals;
    }

    /** A parent never runs itself, and so neither after others nor as a finisher. */
    private static boolean isSenseless(Role role, List<Role> call) {
        return isParent(role, call) && (!role.after().isEmpty() || role.isFinisher());
    }

    private static boolean isParent(Role role, List<Role> call) {
        return role.isUnsealed() || call.stream().anyMatch(other -> role.name().equals(other.parent()));
    }

    /** What is spawned waits for what is spawned with it, and nobody for itself. */
    static boolean isSenseless(String spawner, List<Role> spawn) {
        Set<String> names = new HashSet<>();
        spawn.forEach(role -> names.add(role.name()));
        return Waits.within(spawn).hasCycle()
                || spawn.stream()
                        .anyMatch(role -> isSenseless(role, spawn)
                                || !names.containsAll(role.after())
                                || !(names.contains(role.parent()) || spawner.equals(role.parent())));
    }

    static boolean isOpenGroup(@Nullable Node parent) {
        return parent != null && parent.waits() && parent.isParent && !parent.isSealed;
    }

    /** Whether a key or a name of these jobs is taken, perhaps by each other. */
    boolean isTaken(List<Role> spawn) {
        Set<String> keys = new HashSet<>();
        return spawn.stream()
                .anyMatch(role -> jobs.has(role.name())
                        || jobs.holderOf(role.key()) != null
                        || (role.key() != null && !keys.add(role.key())));
    }

    /** Adds them all as waiting, or as pending if they wait for nobody. */
    void addAll(List<Role> roles) {
        for (Role role : roles) {
            boolean isParent = isParent(role, roles);
            int place = role.parent() == null || role.isFinisher() ? 0 : 1 + lastPlaceBelow(role.parent());
            Node node = new Node(role, ids.apply(role.name()), isParent, place);
            boolean waits = isParent || role.isFinisher() || !role.after().isEmpty();
            node.status = waits ? JobStatus.WAITING : JobStatus.PENDING;
            node.percent = isParent ? null : (Integer) 0;
            jobs.add(node);
        }
    }

    private int lastPlaceBelow(String parent) {
        return jobs.childrenOf(parent).stream().mapToInt(job -> job.place).max().orElse(0);
    }
}
