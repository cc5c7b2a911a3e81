package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The rows of the in-memory store with the indexes a database would keep. Not thread-safe. */
final class JobTable {
    /** As text and as databases sort ids; {@link UUID#compareTo} compares signed numbers. */
    static final Comparator<UUID> ID_ORDER = (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    };

    private static final Comparator<Job> READY_ORDER = Comparator.comparingInt(Job::priority)
            .reversed()
            .thenComparing(Job::runAt)
            .thenComparing(Job::id, ID_ORDER);

    private static final Comparator<Job> FAMILY_ORDER = Comparator.comparing(
                    (Job job) -> job.ties().position(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Job::id, ID_ORDER);

    private final NavigableMap<UUID, Job> rows = new TreeMap<>(ID_ORDER);
    private final NavigableSet<Job> ready = new TreeSet<>(READY_ORDER);
    private final Map<UUID, Job> processing = new TreeMap<>(ID_ORDER);
    private final Map<UniqueKey, UUID> openKeys = new HashMap<>();
    private final Map<UUID, NavigableSet<Job>> children = new HashMap<>();
    private final Map<UUID, List<UUID>> predecessors = new HashMap<>();
    private final Map<UUID, Set<UUID>> successors = new HashMap<>();

    /** Adds a row or replaces it. */
    void put(Job job) {
        remove(job);
        rows.put(job.id(), job);
        if (job.status() == JobStatus.PENDING) {
            ready.add(job);
        } else if (job.status() == JobStatus.PROCESSING) {
            processing.put(job.id(), job);
        }
        UniqueKey key = UniqueKey.of(job.type(), job.uniqueKey());
        if (key != null && job.status().isOpen()) {
            openKeys.put(key, job.id());
        }
        if (job.parentId() != null) {
            children.computeIfAbsent(job.parentId(), id -> new TreeSet<>(FAMILY_ORDER))
                    .add(job);
        }
    }

    /** Removes the row with the id of {@code job}, if there is one. */
    void remove(Job job) {
        Job old = rows.remove(job.id());
        if (old == null) {
            return;
        }
        ready.remove(old);
        processing.remove(old.id());
        UniqueKey key = UniqueKey.of(old.type(), old.uniqueKey());
        if (key != null && old.status().isOpen()) {
            openKeys.remove(key);
        }
        NavigableSet<Job> siblings = old.parentId() == null ? null : children.get(old.parentId());
        if (siblings != null) {
            siblings.remove(old);
        }
    }

    /** Notes which jobs a new one comes after. */
    void comesAfter(UUID id, List<UUID> all) {
        predecessors.put(id, all);
        all.forEach(predecessor -> successors
                .computeIfAbsent(predecessor, key -> new LinkedHashSet<>())
                .add(id));
    }

    /** Forgets what a job that is deleted came after, and what came after it: another one may get its id. */
    void forget(UUID id) {
        for (UUID predecessor : predecessors.getOrDefault(id, List.of())) {
            Set<UUID> others = successors.get(predecessor);
            if (others != null) {
                others.remove(id);
            }
        }
        predecessors.remove(id);
        successors.remove(id);
    }

    /** The jobs that come after this one. */
    Set<UUID> successorsOf(UUID id) {
        return successors.getOrDefault(id, Set.of());
    }

    /** The jobs that this one comes after, as far as they still exist, in the order in which they were named. */
    List<Job> predecessorsOf(UUID id) {
        return predecessors.getOrDefault(id, List.of()).stream()
                .filter(predecessor -> successorsOf(predecessor).contains(id))
                .map(rows::get)
                .filter(Objects::nonNull)
                .toList();
    }

    @Nullable
    Job get(UUID id) {
        return rows.get(id);
    }

    Job require(UUID id) {
        return Objects.requireNonNull(rows.get(id));
    }

    boolean contains(UUID id) {
        return rows.containsKey(id);
    }

    @Nullable
    UUID holderOf(@Nullable UniqueKey key) {
        return key == null ? null : openKeys.get(key);
    }

    /** Who has the unique key of one of these jobs that are new; the second of two with the same key. */
    Optional<UUID> takenKey(List<EncodedJob> newJobs) {
        Set<UniqueKey> own = new HashSet<>();
        for (EncodedJob encoded : newJobs) {
            NewJob job = encoded.job();
            UniqueKey key = UniqueKey.of(job.type().name(), job.uniqueKey());
            if (key == null || contains(job.id())) {
                continue;
            }
            UUID holder = holderOf(key);
            if (holder != null || !own.add(key)) {
                return Optional.of(holder != null ? holder : job.id());
            }
        }
        return Optional.empty();
    }

    /** Whether nothing will ever be asked again of a job, not even by a retry: it has completed, or there is none. */
    boolean isDone(@Nullable UUID id) {
        Job job = id == null ? null : rows.get(id);
        return job == null || job.status() == JobStatus.COMPLETED;
    }

    boolean isOpen(@Nullable UUID id) {
        Job job = id == null ? null : rows.get(id);
        return job != null && job.status().isOpen();
    }

    /** The children of a parent in their order, its second part first. */
    NavigableSet<Job> childrenOf(UUID id) {
        return children.getOrDefault(id, Collections.emptyNavigableSet());
    }

    /** The highest place among the children of a parent. */
    int lastPlace(@Nullable UUID parent) {
        return parent == null
                ? 0
                : childrenOf(parent).descendingSet().stream()
                        .map(child -> child.ties().position())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(0);
    }

    /** Pending jobs in the order in which they are handed out. */
    Iterable<Job> ready() {
        return ready;
    }

    Collection<Job> processing() {
        return List.copyOf(processing.values());
    }

    List<Job> heldBy(UUID workerId) {
        return processing.values().stream()
                .filter(job -> workerId.equals(job.workerId()))
                .toList();
    }

    Stream<Job> all() {
        return rows.values().stream();
    }

    Stream<Job> newestFirst() {
        return rows.descendingMap().values().stream();
    }
}
