package io.forthwith.store;

import io.forthwith.NewJob;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The parents and children within one call of {@link JobStore#add}, checked: ids are distinct, every parent is in the
 * call, no one is their own ancestor. Immutable. For stores.
 */
public final class Families {
    private final Map<UUID, @Nullable UUID> parentOf = new HashMap<>();
    private final Set<UUID> parents = new HashSet<>();

    private Families() {}

    /**
     * Reads and checks the families of a call.
     *
     * @throws IllegalArgumentException naming the job and the rule
     */
    public static Families of(List<EncodedJob> jobs) {
        Families families = new Families();
        for (EncodedJob encoded : jobs) {
            NewJob job = encoded.job();
            if (families.parentOf.containsKey(job.id())) {
                throw new IllegalArgumentException("Job id " + job.id() + " is used twice in one call");
            }
            families.parentOf.put(job.id(), job.parentId());
            if (job.parentId() != null) {
                families.parents.add(job.parentId());
            }
        }
        families.parents.forEach(families::requireInCall);
        families.parents.forEach(families::requireNoCycle);
        return families;
    }

    /** Whether no job of the call has a parent. */
    public boolean isEmpty() {
        return parents.isEmpty();
    }

    /** Whether other jobs of the call name {@code id} as their parent. */
    public boolean isParent(UUID id) {
        return parents.contains(id);
    }

    /**
     * Refuses a call that would add a child to a family that exists already.
     *
     * @param exists tells which ids of the call the store holds
     * @throws IllegalArgumentException naming both jobs
     */
    public void requireNewChildrenToHaveNewParents(Predicate<UUID> exists) {
        parentOf.forEach((child, parent) -> {
            if (parent != null && exists.test(parent) && !exists.test(child)) {
                throw new IllegalArgumentException("Job " + child + " cannot become a child of job " + parent
                        + ", which exists already: children are added in the same call as their parent");
            }
        });
    }

    private void requireInCall(UUID parent) {
        if (!parentOf.containsKey(parent)) {
            throw new IllegalArgumentException(
                    "Parent " + parent + " is not in the same call: children are added together with their parent");
        }
    }

    private void requireNoCycle(UUID start) {
        UUID ancestor = parentOf.get(start);
        for (int steps = 0; ancestor != null; steps++) {
            if (ancestor.equals(start) || steps > parentOf.size()) {
                throw new IllegalArgumentException("Job " + start + " is its own ancestor");
            }
            ancestor = parentOf.get(ancestor);
        }
    }
}
