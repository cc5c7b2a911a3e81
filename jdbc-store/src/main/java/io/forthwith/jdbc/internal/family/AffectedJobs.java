package io.forthwith.jdbc.internal.family;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The jobs that may change because of some, as a transaction finds them before it locks them. Not thread-safe. */
final class AffectedJobs {
    private final Set<UUID> all = new HashSet<>();
    private final Set<UUID> existing = new HashSet<>();
    private final Map<UUID, UUID> parents = new HashMap<>();
    private final Map<UUID, Set<UUID>> successors = new HashMap<>();

    void add(Collection<UUID> ids) {
        all.addAll(ids);
    }

    void exists(UUID id) {
        existing.add(id);
    }

    void parent(UUID id, UUID parent) {
        parents.put(id, parent);
    }

    void successor(UUID id, UUID successor) {
        existing.add(successor);
        successors.computeIfAbsent(id, none -> new HashSet<>()).add(successor);
    }

    /** All of them, also those that do not exist. */
    Set<UUID> all() {
        return all;
    }

    /** Those that exist, without these. */
    Set<UUID> existingWithout(Set<UUID> ids) {
        Set<UUID> rest = new HashSet<>(existing);
        rest.retainAll(all);
        rest.removeAll(ids);
        return rest;
    }

    /**
     * Those of the given jobs that may change one of these.
     *
     * @param held not empty
     * @param more rows that an earlier attempt has needed for a job that is not known: it counts as any job of the same family
     * @return empty if nobody knows which
     */
    Set<UUID> thatNeed(Set<UUID> held, Collection<UUID> more, Collection<UUID> jobs) {
        Set<UUID> unexplained = new HashSet<>(held);
        Set<UUID> needing = new HashSet<>();
        for (UUID job : jobs) {
            Set<UUID> own = new HashSet<>(successors.getOrDefault(job, Set.of()));
            for (UUID each = job; each != null && own.add(each); each = parents.get(each)) {
                // Adds all ancestors.
            }
            own.retainAll(held);
            if (!own.isEmpty()) {
                unexplained.removeAll(own);
                needing.add(job);
            }
        }
        more.stream().filter(held::contains).forEach(unexplained::add);
        Map<UUID, Set<UUID>> edges = unexplained.isEmpty() ? Map.of() : edges();
        // Each family once: thousands of its rows may be locked.
        while (!unexplained.isEmpty()) {
            Set<UUID> family = familyOf(unexplained.iterator().next(), edges);
            Set<UUID> relatives = new HashSet<>(jobs);
            relatives.retainAll(family);
            if (relatives.isEmpty()) {
                return Set.of();
            }
            needing.addAll(relatives);
            family.forEach(unexplained::remove);
        }
        return needing;
    }

    private Map<UUID, Set<UUID>> edges() {
        Map<UUID, Set<UUID>> edges = new HashMap<>();
        parents.forEach((id, parent) -> connect(edges, id, parent));
        successors.forEach((id, all) -> all.forEach(successor -> connect(edges, id, successor)));
        return edges;
    }

    /** All jobs that are connected with this one. */
    private static Set<UUID> familyOf(UUID row, Map<UUID, Set<UUID>> edges) {
        Set<UUID> family = new HashSet<>();
        Deque<UUID> open = new ArrayDeque<>(Set.of(row));
        while (!open.isEmpty()) {
            UUID next = open.remove();
            if (family.add(next)) {
                open.addAll(edges.getOrDefault(next, Set.of()));
            }
        }
        return family;
    }

    private static void connect(Map<UUID, Set<UUID>> edges, UUID one, UUID other) {
        edges.computeIfAbsent(one, none -> new HashSet<>()).add(other);
        edges.computeIfAbsent(other, none -> new HashSet<>()).add(one);
    }
}
