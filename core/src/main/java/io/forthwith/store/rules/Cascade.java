package io.forthwith.store.rules;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What else moves when jobs move, within one atomic step of a store: waiting parents, finishers, jobs that come after others, and
 * those that are cancelled with their parent or their sibling. A store puts each job that it moves with {@link #move}, and calls {@link
 * #settle} at the end of the step. Not thread-safe; lives as long as the step.
 *
 * <p>The deepest are decided first, so that a parent is decided once, when all below it have been; the children of all parents that are
 * equally deep are counted together.
 */
public final class Cascade {
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);
    /** So many children may be counted each second without anybody noticing. */
    private static final long COUNTED_A_SECOND = 20_000;

    private final Transitions moves;
    private final FamilyRows rows;
    /** Waiting jobs that have to be looked at. */
    private final Map<UUID, Touch> touched = new LinkedHashMap<>();

    private final Map<UUID, Locale> ended = new LinkedHashMap<>();
    private final Map<UUID, Locale> cancelledParents = new LinkedHashMap<>();
    /** Those whose children have been cancelled: a stranger may have written a job that is its own ancestor. */
    private final Set<UUID> cancelledBelow = new HashSet<>();

    private final List<Claim> cancelRequested = new ArrayList<>();
    private boolean hasReleased;

    /**
     * Why a waiting job is to be looked at.
     *
     * @param mustLook whether it has to be, whatever is still open
     * @param byFailure whether one that it waits for has failed or was cancelled
     */
    private record Touch(Locale locale, boolean mustLook, boolean byFailure) {
        /** Whoever fails it chooses the language. */
        Touch and(Touch other) {
            Locale first = other.byFailure && !byFailure ? other.locale : locale;
            return new Touch(first, mustLook || other.mustLook, byFailure || other.byFailure);
        }
    }

    /** A step on these rows. */
    public Cascade(Transitions moves, FamilyRows rows) {
        this.moves = moves;
        this.rows = rows;
    }

    /**
     * Puts a job that has moved, and notes who may have to follow.
     *
     * @param locale the language of those that follow and have none of their own
     */
    public void move(Job moved, Locale locale) {
        Job before = rows.get(moved.id());
        rows.put(moved);
        if (moved.status() == JobStatus.WAITING) {
            look(moved.id(), locale);
        } else if (moved.status().isFinal()
                && (before == null || before.status().isOpen())) {
            ended(moved, locale);
            if (before != null
                    && before.status() == JobStatus.WAITING
                    && moved.status() == JobStatus.CANCELLED
                    && waitsForChildren(before)) {
                cancelledParents.put(moved.id(), locale);
            }
        }
    }

    /** Has a waiting job looked at, whatever has happened to those it waits for. */
    public void look(UUID id, Locale locale) {
        touched.merge(id, new Touch(locale, true, false), Touch::and);
    }

    /** Notes a child that has completed, of which the store has written everything but what follows from it. */
    public void completedChildOf(UUID parent, Locale locale) {
        touched.merge(parent, new Touch(locale, false, false), Touch::and);
    }

    /** Notes that a job has got on with its work: its parent may have to say so. */
    public void progressed(Job job) {
        if (job.parentId() != null) {
            completedChildOf(job.parentId(), Locale.ENGLISH);
        }
    }

    private void ended(Job job, Locale locale) {
        boolean isWell = job.status() == JobStatus.COMPLETED;
        if (job.parentId() != null) {
            // A finisher decides for its parent, however it ended.
            touched.merge(job.parentId(), new Touch(locale, job.relations().isFinisher(), !isWell), Touch::and);
        }
        if (job.relations().hasSuccessors()) {
            ended.put(job.id(), locale);
        }
    }

    /** Settles all that have to follow, then those that follow them, until none is left. */
    public void settle() {
        do {
            while (!cancelledParents.isEmpty() || !ended.isEmpty()) {
                cancelBelow();
                touchSuccessors();
            }
            decideDeepest();
        } while (!touched.isEmpty() || !cancelledParents.isEmpty() || !ended.isEmpty());
    }

    private void decideDeepest() {
        int deepest = touched.keySet().stream().mapToInt(rows::depth).max().orElse(0);
        Map<UUID, Touch> wave = new LinkedHashMap<>(touched);
        wave.keySet().removeIf(id -> rows.depth(id) < deepest);
        touched.keySet().removeAll(wave.keySet());
        decide(wave);
    }

    private void cancelBelow() {
        Map<UUID, Locale> parents = new LinkedHashMap<>(cancelledParents);
        cancelledParents.clear();
        parents.keySet().removeIf(id -> !cancelledBelow.add(id));
        parents.forEach((id, locale) -> {
            for (Job child : childrenToCancel(id)) {
                if (child.status().isOpen()) {
                    cancel(child, locale);
                } else {
                    // It has left its own children alone when it failed.
                    cancelledParents.put(child.id(), locale);
                }
            }
        });
    }

    private void touchSuccessors() {
        if (ended.isEmpty()) {
            return;
        }
        Map<UUID, Locale> predecessors = new LinkedHashMap<>(ended);
        ended.clear();
        Locale locale = predecessors.values().iterator().next();
        boolean haveFailed = !predecessors.keySet().stream().allMatch(this::hasCompleted);
        for (UUID successor : rows.successors(predecessors.keySet())) {
            Job job = rows.get(successor);
            // One that has run, and waits for children now, is past its predecessors.
            if (job != null && !waitsForChildren(job)) {
                touched.merge(successor, new Touch(locale, false, haveFailed), Touch::and);
            }
        }
    }

    private boolean hasCompleted(UUID id) {
        Job job = rows.get(id);
        return job != null && job.status() == JobStatus.COMPLETED;
    }

    private void decide(Map<UUID, Touch> wave) {
        Map<UUID, Touch> parents = new LinkedHashMap<>();
        Map<UUID, Touch> successors = new LinkedHashMap<>();
        wave.forEach((id, touch) -> {
            Job job = rows.get(id);
            if (job != null && job.status() == JobStatus.WAITING) {
                if (waitsForChildren(job)) {
                    parents.put(id, touch);
                } else if (job.relations().hasPredecessors()) {
                    successors.put(id, touch);
                }
            }
        });
        if (!parents.isEmpty()) {
            // What is only due because of what a parent does now comes after all that this parent does.
            keepDue(successors);
        }
        decideParents(parents);
        decideSuccessors(successors);
    }

    /** Leaves out those that go on waiting; whatever ends touches them again. */
    private void keepDue(Map<UUID, Touch> successors) {
        skipOpen(successors, Set.of(), rows::withOpenPredecessors);
        if (!successors.isEmpty()) {
            Map<UUID, FamilyRows.Predecessors> counts = rows.predecessors(successors.keySet());
            successors
                    .entrySet()
                    .removeIf(entry -> verdict(waiting(entry.getKey()), entry.getValue(), counts)
                                    .status()
                            == JobStatus.WAITING);
        }
    }

    private PredecessorRule.Verdict verdict(Job job, Touch touch, Map<UUID, FamilyRows.Predecessors> counts) {
        return PredecessorRule.decide(
                job,
                counts.getOrDefault(job.id(), FamilyRows.Predecessors.NONE),
                () -> rows.firstFailedPredecessor(job.id()),
                touch.locale());
    }

    /** Also a row of which nobody has noted that it is a parent: what else should it wait for. */
    private static boolean waitsForChildren(Job waiting) {
        return waiting.relations().isParent()
                || !(waiting.relations().hasPredecessors()
                        || waiting.relations().isFinisher());
    }

    private void decideParents(Map<UUID, Touch> parents) {
        Set<UUID> due = dueForProgress(parents.keySet());
        skipOpen(parents, due, rows::withOpenChildren);
        if (parents.isEmpty()) {
            return;
        }
        Map<UUID, FamilyRows.Children> counts = rows.children(parents.keySet());
        Map<UUID, UUID> finishers = rows.finishers(parents.keySet());
        parents.forEach((id, touch) -> {
            Job parent = waiting(id);
            if (parent.status() == JobStatus.WAITING) {
                decideParent(
                        parent,
                        touch,
                        counts.getOrDefault(id, FamilyRows.Children.NONE),
                        finishers.get(id),
                        due.contains(id));
            }
        });
    }

    /** Whether what has touched a job makes no difference to it while something that it waits for is open. */
    private static boolean isQuiet(Job job, Touch touch) {
        if (touch.mustLook()) {
            return false;
        }
        if (!touch.byFailure()) {
            return true;
        }
        return waitsForChildren(job)
                ? job.relations().onChildFailure() != ChildFailurePolicy.FAIL_AT_ONCE
                        && !job.relations().cancelsSiblings()
                : job.relations().onPredecessorFailure() == PredecessorFailurePolicy.RUN;
    }

    /** Leaves out what goes on waiting for sure: nothing bad has happened, and there is something left to wait for. */
    private void skipOpen(Map<UUID, Touch> waiting, Set<UUID> due, Function<Set<UUID>, Set<UUID>> withOpen) {
        Set<UUID> quiet = waiting.entrySet().stream()
                .filter(entry -> isQuiet(waiting(entry.getKey()), entry.getValue()) && !due.contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        Set<UUID> unsealed =
                quiet.stream().filter(id -> !waiting(id).relations().isSealed()).collect(Collectors.toSet());
        waiting.keySet().removeAll(unsealed);
        quiet.removeAll(unsealed);
        if (!quiet.isEmpty()) {
            waiting.keySet().removeAll(withOpen.apply(quiet));
        }
    }

    /** The parents whose progress has not been looked at for long enough. */
    private Set<UUID> dueForProgress(Set<UUID> parents) {
        Map<UUID, Duration> since = parents.stream()
                .collect(Collectors.toMap(
                        id -> id, id -> Duration.between(waiting(id).updatedAt(), moves.now())));
        Set<UUID> maybe = parents.stream()
                .filter(id -> since.getOrDefault(id, Duration.ZERO).compareTo(PROGRESS_EVERY) >= 0)
                .collect(Collectors.toSet());
        if (maybe.isEmpty()) {
            return maybe;
        }
        Map<UUID, Integer> sizes = rows.sizes(maybe);
        return maybe.stream()
                .filter(id ->
                        since.getOrDefault(id, Duration.ZERO).compareTo(progressEvery(sizes.getOrDefault(id, 0))) >= 0)
                .collect(Collectors.toSet());
    }

    /**
     * How often the progress of a parent is written while it waits: once a second, and for every 20,000 children that it has more than
     * 20,000 a second later.
     */
    public static Duration progressEvery(int children) {
        return PROGRESS_EVERY.multipliedBy(Math.max(1, (children + COUNTED_A_SECOND - 1) / COUNTED_A_SECOND));
    }

    private void decideParent(
            Job parent, Touch touch, FamilyRows.Children children, @Nullable UUID finisherId, boolean isProgressDue) {
        Locale locale = touch.locale();
        // While nothing but its other children has touched the parent, its finisher waits for sure.
        boolean mayHaveEnded = touch.mustLook() || touch.byFailure() || children.open() == 0;
        Job finisher = finisherId == null || !mayHaveEnded ? null : rows.get(finisherId);
        ParentRule.Verdict verdict = ParentRule.decide(
                parent,
                children,
                () -> rows.firstFailedChild(parent.id()),
                finisherId == null ? 0 : 1,
                finisher,
                locale);
        if (verdict.status().isFinal()) {
            Job decided = moves.settleParent(parent, verdict, finisher);
            move(decided, locale);
            if (finisher != null && finisher.status() == JobStatus.WAITING) {
                move(moves.cancel(finisher), locale);
            }
        } else if (isProgressDue) {
            // Also if it is the same: this has been looked at now.
            rows.put(moves.report(parent, parent.progress().withPercent(verdict.percent())));
            progressed(parent);
        }
        if (verdict.releasesFinisher() && finisher != null && waitsForSiblings(finisher)) {
            release(finisher);
        }
        if (touch.byFailure() && parent.relations().cancelsSiblings()) {
            childrenToCancel(parent.id()).stream()
                    .filter(child ->
                            child.status().isOpen() && !child.relations().isFinisher())
                    .forEach(sibling -> cancel(sibling, locale));
        }
    }

    private void decideSuccessors(Map<UUID, Touch> successors) {
        skipOpen(successors, Set.of(), rows::withOpenPredecessors);
        if (successors.isEmpty()) {
            return;
        }
        Map<UUID, FamilyRows.Predecessors> counts = rows.predecessors(successors.keySet());
        successors.forEach((id, touch) -> {
            Job job = waiting(id);
            if (job.status() != JobStatus.WAITING) {
                return;
            }
            PredecessorRule.Verdict verdict = verdict(job, touch, counts);
            switch (verdict.status()) {
                case PENDING -> release(job);
                case FAILED -> move(moves.fail(job, Objects.requireNonNull(verdict.error())), touch.locale());
                case CANCELLED -> move(moves.cancel(job), touch.locale());
                default -> {}
            }
        });
    }

    /** A finisher that waits for children of its own has run. */
    private static boolean waitsForSiblings(Job finisher) {
        return finisher.status() == JobStatus.WAITING && !finisher.relations().isParent();
    }

    private void release(Job waiting) {
        rows.put(moves.release(waiting));
        hasReleased = true;
    }

    private Job waiting(UUID id) {
        return Objects.requireNonNull(rows.get(id));
    }

    private List<Job> childrenToCancel(UUID parent) {
        return rows.childrenToCancel(parent).stream()
                .map(rows::get)
                .filter(Objects::nonNull)
                .toList();
    }

    private void cancel(Job open, Locale locale) {
        if (open.status() != JobStatus.PROCESSING) {
            move(moves.cancel(open), locale);
        } else if (open.cancelRequestedAt() == null) {
            rows.put(moves.requestCancel(open));
            if (open.workerId() != null) {
                cancelRequested.add(Claim.of(open));
            }
        }
    }

    /** The running jobs whose cancellation was requested in this step, besides those that the store has been asked to cancel. */
    public List<Claim> cancelRequested() {
        return Collections.unmodifiableList(cancelRequested);
    }

    /** Whether a job has become pending in this step that had waited for others. */
    public boolean hasReleased() {
        return hasReleased;
    }
}
