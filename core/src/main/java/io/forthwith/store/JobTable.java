package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
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

    private final NavigableMap<UUID, Job> rows = new TreeMap<>(ID_ORDER);
    private final NavigableSet<Job> ready = new TreeSet<>(READY_ORDER);
    private final Map<UUID, Job> processing = new TreeMap<>(ID_ORDER);
    private final Map<UniqueKey, UUID> openKeys = new HashMap<>();
    private final Map<UUID, Set<UUID>> children = new HashMap<>();

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
            children.computeIfAbsent(job.parentId(), id -> new TreeSet<>(ID_ORDER))
                    .add(job.id());
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
        Set<UUID> siblings = old.parentId() == null ? null : children.get(old.parentId());
        if (siblings != null) {
            siblings.remove(old.id());
        }
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

    boolean isOpen(@Nullable UUID id) {
        Job job = id == null ? null : rows.get(id);
        return job != null && job.status().isOpen();
    }

    boolean hasChildren(UUID id) {
        return !children.getOrDefault(id, Set.of()).isEmpty();
    }

    List<Job> childrenOf(UUID id) {
        return children.getOrDefault(id, Set.of()).stream().map(rows::get).toList();
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
