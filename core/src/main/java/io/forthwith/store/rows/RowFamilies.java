package io.forthwith.store.rows;

import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.UniqueKey;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.CascadeRows;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.PurgeRule;
import io.forthwith.store.rules.RetryRows;
import io.forthwith.store.rules.RetryRule;
import io.forthwith.store.rules.StepRule;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Answers the questions of {@link Cascade} and {@link RetryRule} from the rows of a transaction. All jobs that move are put here, so that
 * no way to failed or cancelled can forget to add the undo job. Not thread-safe.
 */
final class RowFamilies implements CascadeRows, RetryRows {
    /** For {@link JobRowAccess#children}: the finisher included. */
    private static final int ALL = JobRelations.FINISHER - 1;

    private static final int OTHERS = JobRelations.FINISHER;

    private final JobRowAccess rows;
    private final JobMoves transitions;
    private boolean hasReleased;

    RowFamilies(JobRowAccess rows, JobMoves transitions) {
        this.rows = rows;
        this.transitions = transitions;
    }

    /** Whether the transaction added pending jobs, or made waiting or ended jobs pending. */
    boolean hasReleased() {
        return hasReleased;
    }

    @Override
    public @Nullable Job get(UUID id) {
        return rows.get(id);
    }

    /** Puts a new job. */
    void add(Job job) {
        hasReleased |= job.status() == JobStatus.PENDING;
        SequencePlace sequence = job.sequence();
        rows.put(
                sequence == null || sequence.number() > 0
                        ? job
                        : job.toBuilder()
                                .sequence(sequence.at(rows.lastInSequence(sequence.key()) + 1))
                                .build());
    }

    @Override
    public void put(Job moved) {
        Job before = rows.get(moved.id());
        transitions.undo(before, moved).ifPresent(undo -> {
            add(undo);
            rows.steps(moved.id()).forEach(step -> rows.put(StepRule.handOver(step, undo.id())));
        });
        hasReleased |= moved.status() == JobStatus.PENDING && (before == null || !isClaimable(before));
        // Its permits are free now.
        hasReleased |= before != null
                && (before.status() == JobStatus.PROCESSING || PurgeRule.blocksSequence(before))
                && !before.limits().isEmpty();
        rows.put(moved);
    }

    private static boolean isClaimable(Job job) {
        return job.status() == JobStatus.PENDING || job.status() == JobStatus.PROCESSING;
    }

    @Override
    public int depth(UUID id) {
        int depth = 0;
        Job job = get(id);
        while (job != null && job.parentId() != null) {
            depth++;
            job = get(job.parentId());
        }
        return depth;
    }

    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return those(parents, rows::hasOpenChild);
    }

    @Override
    public Map<UUID, ChildCounts> children(Set<UUID> parents) {
        Map<UUID, ChildCounts> all = new HashMap<>();
        for (UUID parent : parents) {
            ChildCounts children = ChildCounts.NONE;
            for (Iterator<Job> each = rows.children(parent, OTHERS).iterator(); each.hasNext(); ) {
                children = children.and(each.next());
            }
            all.put(parent, children);
        }
        return all;
    }

    /** By positions, so children that were deleted count as well. */
    @Override
    public Map<UUID, Integer> sizes(Set<UUID> parents) {
        return parents.stream().collect(Collectors.toMap(parent -> parent, rows::lastPosition));
    }

    @Override
    public Map<UUID, UUID> finishers(Set<UUID> parents) {
        Map<UUID, UUID> all = new HashMap<>();
        for (UUID parent : parents) {
            rows.children(parent, ALL)
                    .findFirst()
                    .filter(child -> child.relations().isFinisher())
                    .ifPresent(child -> all.put(parent, child.id()));
        }
        return all;
    }

    @Override
    public List<UUID> childrenToCancel(UUID parent) {
        return rows.children(parent, ALL)
                .filter(child -> isOpen(child) || child.relations().isParent())
                .map(Job::id)
                .toList();
    }

    @Override
    public @Nullable FirstFailure firstFailedChild(UUID parent) {
        return FirstFailure.of(rows.children(parent, OTHERS).filter(child -> child.status() == JobStatus.FAILED));
    }

    @Override
    public Set<UUID> successors(Set<UUID> predecessors) {
        return predecessors.stream().flatMap(id -> rows.successors(id).stream()).collect(Collectors.toSet());
    }

    @Override
    public Set<UUID> withOpenPredecessors(Set<UUID> jobs) {
        return those(jobs, job -> rows.predecessors(job).stream().anyMatch(RowFamilies::isOpen));
    }

    @Override
    public Map<UUID, PredecessorCounts> predecessors(Set<UUID> jobs) {
        Map<UUID, PredecessorCounts> all = new HashMap<>();
        for (UUID job : jobs) {
            PredecessorCounts predecessors = PredecessorCounts.NONE;
            for (Job predecessor : rows.predecessors(job)) {
                predecessors = predecessors.and(predecessor);
            }
            all.put(job, predecessors);
        }
        return all;
    }

    @Override
    public @Nullable FirstFailure firstFailedPredecessor(UUID job) {
        return FirstFailure.among(rows.predecessors(job));
    }

    @Override
    public List<UUID> behind(SequencePlace place) {
        return rows.inSequence(place.key())
                .filter(job -> isOpen(job) && isBehind(job.sequence(), place))
                .map(Job::id)
                .toList();
    }

    private static boolean isBehind(@Nullable SequencePlace one, SequencePlace other) {
        return one != null && one.number() > other.number();
    }

    @Override
    public Collection<Job> endedChildren(Job job) {
        return rows.children(job.id(), ALL)
                .filter(child -> child.status().isRetryable())
                .toList();
    }

    @Override
    public Collection<Job> endedPredecessors(Job job) {
        return rows.predecessors(job.id());
    }

    @Override
    public @Nullable Job parent(Job job) {
        return job.parentId() == null ? null : get(job.parentId());
    }

    @Override
    public Optional<UUID> openUndo(List<Job> jobs) {
        return jobs.stream().flatMap(job -> RowSteps.openUndos(rows, job)).findFirst();
    }

    @Override
    public Optional<UUID> keyHolder(String type, String uniqueKey) {
        return rows.holderOf(type, uniqueKey, UniqueKey.Scope.UNTIL_ENDED);
    }

    private static boolean isOpen(Job job) {
        return job.status().isOpen();
    }

    private static Set<UUID> those(Set<UUID> ids, Predicate<UUID> which) {
        return ids.stream().filter(which).collect(Collectors.toSet());
    }
}
