package io.forthwith.store.rules;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who is parent, child, finisher, predecessor and successor among the jobs of one call of {@link JobStore#add}, or among the jobs that one
 * job spawns. They were checked: ids are distinct, a parent has one finisher, and no job waits for itself in any way. It also says what can
 * be added beside the jobs that are stored, and with which status and relations. Immutable, so thread-safe.
 */
public final class NewFamilies {
    private final @Nullable UUID spawner;
    private final Map<UUID, NewJob> jobs = new LinkedHashMap<>();
    private final Map<UUID, List<NewJob>> childrenOf = new LinkedHashMap<>();
    private final Map<UUID, NewJob> finisherOf = new HashMap<>();
    private final Map<UUID, Integer> positions = new HashMap<>();
    private final Set<UUID> predecessors = new LinkedHashSet<>();
    private boolean isEmpty = true;

    private NewFamilies(@Nullable UUID spawner) {
        this.spawner = spawner;
    }

    /**
     * The families of the jobs of one call.
     *
     * @throws IllegalArgumentException if the jobs make no sense by themselves; the message names the job and the rule
     */
    public static NewFamilies of(List<EncodedJob> jobs) {
        return read(null, jobs);
    }

    /**
     * The families of the jobs that one job spawns. Each of them is a child of the spawner, or of another one of them, and has predecessors
     * among them only.
     *
     * @param spawner the job that spawns them
     * @throws IllegalArgumentException if the jobs make no sense by themselves; the message names the job and the rule
     */
    public static NewFamilies ofSpawned(UUID spawner, List<EncodedJob> jobs) {
        NewFamilies families = read(spawner, jobs);
        families.jobs.values().forEach(families::requireOwn);
        return families;
    }

    private void requireOwn(NewJob job) {
        UUID parent = job.parentId();
        if (parent == null || !(isSpawner(parent) || jobs.containsKey(parent))) {
            throw new IllegalArgumentException("Job " + job.id() + " is spawned by job " + spawner
                    + ", and so must be a child of that, or of another job that is spawned with it; it names "
                    + parent);
        }
        for (UUID predecessor : job.predecessors()) {
            if (!jobs.containsKey(predecessor)) {
                throw new IllegalArgumentException("Job " + job.id() + " comes after job " + predecessor
                        + ", which is not spawned with it: spawned jobs wait for each other only");
            }
        }
    }

    private static NewFamilies read(@Nullable UUID spawner, List<EncodedJob> jobs) {
        NewFamilies families = new NewFamilies(spawner);
        jobs.forEach(encoded -> families.read(encoded.job()));
        if (!families.isEmpty) {
            families.jobs.values().forEach(families::require);
            families.requireNoCycle();
        }
        return families;
    }

    private void read(NewJob job) {
        UniqueKey key = job.uniqueKey();
        if (key != null && key.longestDelay() != null && job.delay().compareTo(key.longestDelay()) > 0) {
            throw new IllegalArgumentException("Job " + job.id() + " has a delay of " + job.delay()
                    + ", and its unique key a longest delay of " + key.longestDelay() + ": give a shorter delay");
        }
        if (jobs.put(job.id(), job) != null) {
            throw new IllegalArgumentException("Job id " + job.id() + " is used twice in one call");
        }
        UUID parent = job.parentId();
        if (parent != null && job.isFinisher()) {
            NewJob other = finisherOf.put(parent, job);
            if (other != null) {
                throw new IllegalArgumentException("Jobs " + other.id() + " and " + job.id()
                        + " both are to finish job " + parent + ": a parent has one finisher");
            }
        } else if (parent != null) {
            List<NewJob> children = childrenOf.computeIfAbsent(parent, id -> new ArrayList<>());
            children.add(job);
            positions.put(job.id(), children.size());
        }
        predecessors.addAll(job.predecessors());
        isEmpty &= parent == null && job.isSealed() && job.predecessors().isEmpty();
    }

    private void require(NewJob job) {
        if (job.expiresAfter() != null && isParent(job.id())) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot expire after " + job.expiresAfter()
                    + ": a parent that is enqueued with its"
                    + " children, or unsealed, never starts itself; give the deadline to its children");
        }
        if (!job.limits().isEmpty() && isParent(job.id())) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot be under the limit "
                    + job.limits().get(0).key() + ": a parent that is enqueued with its"
                    + " children, or unsealed, never runs itself; put its children under the limit");
        }
        if (!job.predecessors().isEmpty() && isParent(job.id())) {
            throw new IllegalArgumentException(
                    "Job " + job.id() + " cannot come after others: a parent that is enqueued with its"
                            + " children, or unsealed, never runs itself; let its children come after them");
        }
        if (job.isFinisher()) {
            if (isParent(job.id())) {
                throw new IllegalArgumentException("Job " + job.id() + " cannot finish job " + job.parentId()
                        + ": a parent that is enqueued with its children, or unsealed, never runs itself; let it spawn"
                        + " them when it runs");
            }
            if (!jobs.containsKey(job.parentId()) && !isSpawner(job.parentId())) {
                throw new IllegalArgumentException("Job " + job.id() + " is to finish job " + job.parentId()
                        + ", which is not in the same call: a finisher is enqueued together with its parent");
            }
            if (!job.predecessors().isEmpty()) {
                throw new IllegalArgumentException("Job " + job.id() + " cannot come after others: it finishes job "
                        + job.parentId() + ", and so comes after all its children");
            }
        }
    }

    /** Takes away jobs that wait for no other, until there are none. Jobs that are left wait for each other in a circle. */
    private void requireNoCycle() {
        Map<UUID, Integer> waitsFor = new HashMap<>();
        Map<UUID, List<UUID>> waiters = new HashMap<>();
        Set<UUID> all = new LinkedHashSet<>(jobs.keySet());
        all.addAll(childrenOf.keySet());
        for (UUID each : all) {
            List<UUID> waited = waitedFor(each);
            waitsFor.put(each, waited.size());
            waited.forEach(
                    id -> waiters.computeIfAbsent(id, key -> new ArrayList<>()).add(each));
        }
        Deque<UUID> free = new ArrayDeque<>();
        waitsFor.forEach((id, count) -> {
            if (count == 0) {
                free.add(id);
            }
        });
        int taken = 0;
        for (UUID next = free.poll(); next != null; next = free.poll()) {
            taken++;
            for (UUID waiter : waiters.getOrDefault(next, List.of())) {
                if (waitsFor.merge(waiter, -1, Integer::sum) == 0) {
                    free.add(waiter);
                }
            }
        }
        if (taken < all.size()) {
            throw new IllegalArgumentException(
                    "Job " + inCycle(waitsFor) + " waits for itself, by way of parents, children and predecessors");
        }
    }

    /** Goes from a job to one that it waits for, until a job comes up again: that one waits for itself. */
    private UUID inCycle(Map<UUID, Integer> waitsFor) {
        UUID at = waitsFor.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        Set<UUID> seen = new HashSet<>();
        while (seen.add(at)) {
            at = waitedFor(at).stream()
                    .filter(id -> waitsFor.getOrDefault(id, 0) > 0)
                    .findFirst()
                    .orElseThrow();
        }
        return at;
    }

    /** The jobs of the call that a job waits for directly. */
    private List<UUID> waitedFor(UUID id) {
        List<UUID> waited = new ArrayList<>();
        NewJob job = jobs.get(id);
        if (job != null) {
            job.predecessors().stream().filter(this::isInGraph).forEach(waited::add);
            if (job.isFinisher()) {
                childrenOf.getOrDefault(job.parentId(), List.of()).forEach(child -> waited.add(child.id()));
            }
        }
        childrenOf.getOrDefault(id, List.of()).forEach(child -> waited.add(child.id()));
        NewJob finisher = finisherOf.get(id);
        if (finisher != null) {
            waited.add(finisher.id());
        }
        return waited;
    }

    private boolean isInGraph(UUID id) {
        return jobs.containsKey(id) || childrenOf.containsKey(id);
    }

    private boolean isSpawner(@Nullable UUID id) {
        return spawner != null && spawner.equals(id);
    }

    /** Whether no job of the call has a parent or predecessors, or is an unsealed group. */
    public boolean isEmpty() {
        return isEmpty;
    }

    /** Whether a job is a parent: a job of the call names it as its parent, or it is an unsealed group of the call. */
    public boolean isParent(UUID id) {
        NewJob job = jobs.get(id);
        return childrenOf.containsKey(id) || finisherOf.containsKey(id) || (job != null && !job.isSealed());
    }

    /** Whether a job of the call comes after the job {@code id}. */
    public boolean hasSuccessors(UUID id) {
        return predecessors.contains(id);
    }

    /**
     * Whether a parent has a child of the call other than its finisher that {@code which} accepts.
     *
     * @param id the parent
     */
    public boolean hasChildAmong(UUID id, Predicate<UUID> which) {
        return childrenOf.getOrDefault(id, List.of()).stream().anyMatch(child -> which.test(child.id()));
    }

    /**
     * The jobs to be locked, as far as they exist, before any row is read: all parents, and the predecessors that are not in the call.
     * Parents of the call are among them, since a repeated call finds them stored.
     */
    public Set<UUID> toLock() {
        Set<UUID> named = new LinkedHashSet<>(predecessors);
        named.removeAll(jobs.keySet());
        named.addAll(parents());
        return named;
    }

    /** All jobs that {@linkplain #isParent are parents}, in the call or named by it. */
    public Set<UUID> parents() {
        Set<UUID> parents = new LinkedHashSet<>(childrenOf.keySet());
        parents.addAll(finisherOf.keySet());
        jobs.values().stream().filter(job -> !job.isSealed()).map(NewJob::id).forEach(parents::add);
        return parents;
    }

    /**
     * Why the call as a whole cannot be added. Unique keys are not looked at. A call is refused if a new job
     *
     * <ul>
     *   <li>names a parent that is neither new nor an open group,
     *   <li>is the finisher of a parent that is not new,
     *   <li>names a predecessor that does not exist, or
     *   <li>names a predecessor that itself waits for the group to which the new job is added.
     * </ul>
     *
     * @param stored the job with this id as it is stored; null if there is none. Asked for jobs of the call and for jobs that they name
     * @param waiters the jobs that wait for any of these stored jobs, as {@link CascadeRows#waiters} says. Asked only if the call adds to a
     *     stored group a job whose predecessors are stored
     * @return the answer to each job of the call; empty if nothing is against it
     */
    public Optional<Added> refusal(Function<UUID, @Nullable Job> stored, UnaryOperator<Set<UUID>> waiters) {
        for (NewJob job : jobs.values()) {
            if (stored.apply(job.id()) != null) {
                continue;
            }
            UUID parent = job.parentId();
            if (parent != null && !isSpawner(parent)) {
                Job known = stored.apply(parent);
                if (known == null ? !jobs.containsKey(parent) : job.isFinisher() || !isOpenGroup(known)) {
                    return Optional.of(new Added(parent, Added.Outcome.PARENT_CLOSED));
                }
            }
            for (UUID predecessor : job.predecessors()) {
                if (!jobs.containsKey(predecessor) && stored.apply(predecessor) == null) {
                    return Optional.of(new Added(predecessor, Added.Outcome.NO_PREDECESSOR));
                }
            }
        }
        return cycle(stored, waiters).map(id -> new Added(id, Added.Outcome.CYCLE));
    }

    private static boolean isOpenGroup(Job job) {
        return job.status() == JobStatus.WAITING
                && job.relations().isParent()
                && !job.relations().isSealed();
    }

    /** A stored job that waits for a group and that the group would wait for because of the call. */
    private Optional<UUID> cycle(Function<UUID, @Nullable Job> stored, UnaryOperator<Set<UUID>> waiters) {
        Predicate<UUID> isNew = id -> jobs.containsKey(id) && stored.apply(id) == null;
        Map<UUID, Set<UUID>> needs = new LinkedHashMap<>();
        for (UUID parent : childrenOf.keySet()) {
            Set<UUID> needed = isSpawner(parent) || isNew.test(parent) ? Set.of() : storedWaitedForBy(parent, isNew);
            if (!needed.isEmpty()) {
                needs.put(parent, needed);
            }
        }
        return needs.keySet().stream()
                .flatMap(group -> waiterAmong(needs, group, waiters).stream())
                .findFirst();
    }

    /** The stored jobs that a group would wait for because of new jobs. */
    private Set<UUID> storedWaitedForBy(UUID group, Predicate<UUID> isNew) {
        Set<UUID> waited = new HashSet<>();
        Set<UUID> seen = new HashSet<>(Set.of(group));
        Deque<UUID> edge = new ArrayDeque<>(seen);
        for (UUID next = edge.poll(); next != null; next = edge.poll()) {
            if (isNew.test(next)) {
                Objects.requireNonNull(jobs.get(next)).predecessors().stream()
                        .filter(isNew.negate())
                        .forEach(waited::add);
            }
            waitedFor(next).stream().filter(isNew).filter(seen::add).forEach(edge::add);
        }
        return waited;
    }

    /** Goes from a group to the jobs that wait for it, directly or by way of other jobs and of other groups of the call. */
    private static Optional<UUID> waiterAmong(
            Map<UUID, Set<UUID>> needs, UUID group, UnaryOperator<Set<UUID>> waiters) {
        Set<UUID> wanted = needs.getOrDefault(group, Set.of());
        Set<UUID> seen = new HashSet<>(Set.of(group));
        Set<UUID> edge = Set.of(group);
        while (!edge.isEmpty()) {
            Optional<UUID> found = edge.stream().filter(wanted::contains).findFirst();
            if (found.isPresent()) {
                return found;
            }
            Set<UUID> next = new HashSet<>(waiters.apply(edge));
            for (Map.Entry<UUID, Set<UUID>> each : needs.entrySet()) {
                if (!Collections.disjoint(each.getValue(), edge)) {
                    next.add(each.getKey());
                }
            }
            next.removeAll(seen);
            seen.addAll(next);
            edge = next;
        }
        return Optional.empty();
    }

    /**
     * The relations of a job of the call when it is added.
     *
     * @param last the highest position among the children that its parent has already; 0 if the parent has none, or is new
     */
    public JobRelations relations(NewJob job, int last) {
        if (isEmpty && job.onChildFailure() == ChildFailurePolicy.FAIL_AT_ONCE && !job.cancelsOtherChildren()) {
            return JobRelations.NONE;
        }
        JobRelations relations = isParent(job.id())
                ? JobRelations.NONE.parent(
                        LibraryOnly.KEY, job.isSealed(), job.onChildFailure(), job.cancelsOtherChildren())
                : JobRelations.NONE.policies(LibraryOnly.KEY, job.onChildFailure(), job.cancelsOtherChildren());
        if (job.isFinisher()) {
            relations = relations.at(LibraryOnly.KEY, JobRelations.FINISHER);
        } else if (job.parentId() != null) {
            relations = relations.at(LibraryOnly.KEY, last + positions.getOrDefault(job.id(), 1));
        }
        return job.predecessors().isEmpty() ? relations : relations.after(LibraryOnly.KEY, job.onPredecessorFailure());
    }

    /**
     * The status in which a job of the call is added. Jobs that are added as waiting are to be looked at by {@link Cascade#look} when all
     * jobs of the call are there.
     */
    public JobStatus status(NewJob job) {
        boolean waits =
                isParent(job.id()) || job.isFinisher() || !job.predecessors().isEmpty();
        return waits ? JobStatus.WAITING : JobStatus.PENDING;
    }
}
