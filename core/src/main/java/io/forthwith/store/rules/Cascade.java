package io.forthwith.store.rules;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
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
 * Which other jobs move when jobs move: waiting parents and their finishers, jobs that come after others, and jobs that are cancelled with
 * their parent or because of a sibling. A store makes one for each transaction, puts each job that it moves by {@link #move}, and calls
 * {@link #settle} at the end of the transaction. Then {@link #cancelRequested} and {@link #hasReleased} say what it has to announce after the commit.
 *
 * <p>What it reads and writes goes through {@link CascadeRows}, whose exceptions it passes on; the store then rolls back. Not
 * thread-safe.
 *
 * <p>The deepest waiting jobs are decided first. So a parent is decided once, after all jobs below it, and the children of all parents of
 * the same depth are counted together.
 */
public final class Cascade {
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);
    /** Counting this many children once a second costs next to nothing. */
    private static final long COUNTED_A_SECOND = 20_000;

    private final JobMoves moves;
    private final CascadeRows rows;
    /** Waiting jobs that are to be decided. */
    private final Map<UUID, Trigger> toDecide = new LinkedHashMap<>();

    private final Map<UUID, Locale> ended = new LinkedHashMap<>();
    private final Map<UUID, Locale> cancelledParents = new LinkedHashMap<>();
    /** Places of failed jobs behind which all jobs of the sequence are cancelled. */
    private final Map<SequencePlace, Locale> cancelledRests = new LinkedHashMap<>();
    /** Parents whose children were cancelled. A row that was changed by hand may be its own ancestor; each is visited once. */
    private final Set<UUID> cancelledBelow = new HashSet<>();

    private final List<Claim> cancelRequested = new ArrayList<>();
    private boolean hasReleased;

    /**
     * Why a waiting job is to be decided.
     *
     * @param locale the language of the message if the job fails and has no locale of its own
     * @param mustLook whether the job is to be decided although jobs that it waits for are still open
     * @param byFailure whether a job that it waits for has failed or was cancelled
     */
    private record Trigger(Locale locale, boolean mustLook, boolean byFailure) {
        /** Both reasons as one. The language is that of the first failure, or else of the first reason. */
        Trigger and(Trigger other) {
            Locale first = other.byFailure && !byFailure ? other.locale : locale;
            return new Trigger(first, mustLook || other.mustLook, byFailure || other.byFailure);
        }
    }

    /** The cascade of one transaction on these rows. */
    public Cascade(JobMoves moves, CascadeRows rows) {
        this.moves = moves;
        this.rows = rows;
    }

    /**
     * Puts a job that has moved, and notes which jobs may follow.
     *
     * @param locale the language of the messages of jobs that follow and have no locale of their own
     */
    public void move(Job moved, Locale locale) {
        Job before = rows.get(moved.id());
        rows.put(moved);
        if (moved.status() == JobStatus.WAITING) {
            look(moved.id(), locale);
        } else if (moved.status().isFinal()
                && (before == null || before.status().isOpen())) {
            ended(moved, locale);
            SequencePlace place = moved.sequence();
            if (place != null
                    && moved.status() == JobStatus.FAILED
                    && place.onFailure() == SequenceFailurePolicy.CANCEL_REST) {
                cancelledRests.put(place, locale);
            }
            if (before != null
                    && before.status() == JobStatus.WAITING
                    && moved.status() == JobStatus.CANCELLED
                    && waitsForChildren(before)) {
                cancelledParents.put(moved.id(), locale);
            }
        }
    }

    /** Makes {@link #settle} decide about a waiting job, also if nothing that it waits for has changed. */
    public void look(UUID id, Locale locale) {
        toDecide.merge(id, new Trigger(locale, true, false), Trigger::and);
    }

    /** Notes that a child of this parent has completed. For a store that has put the child by a statement of its own. */
    public void completedChildOf(UUID parent, Locale locale) {
        toDecide.merge(parent, new Trigger(locale, false, false), Trigger::and);
    }

    /** Notes that a job has made progress, from which the progress of its parent may follow. The store has put the job itself. */
    public void progressed(Job job) {
        if (job.parentId() != null) {
            completedChildOf(job.parentId(), Locale.ENGLISH);
        }
    }

    private void ended(Job job, Locale locale) {
        boolean isWell = job.status() == JobStatus.COMPLETED;
        if (job.parentId() != null) {
            // The parent ends as its finisher does, also while children are open.
            toDecide.merge(job.parentId(), new Trigger(locale, job.relations().isFinisher(), !isWell), Trigger::and);
        }
        if (job.relations().hasSuccessors()) {
            ended.put(job.id(), locale);
        }
    }

    /** Moves all jobs that follow, then the jobs that follow them, until none is left. */
    public void settle() {
        do {
            while (!cancelledParents.isEmpty() || !ended.isEmpty() || !cancelledRests.isEmpty()) {
                cancelBehind();
                cancelBelow();
                triggerSuccessors();
            }
            decideDeepest();
        } while (!toDecide.isEmpty() || !cancelledParents.isEmpty() || !ended.isEmpty() || !cancelledRests.isEmpty());
    }

    private void decideDeepest() {
        int deepest = toDecide.keySet().stream().mapToInt(rows::depth).max().orElse(0);
        Map<UUID, Trigger> wave = new LinkedHashMap<>(toDecide);
        wave.keySet().removeIf(id -> rows.depth(id) < deepest);
        toDecide.keySet().removeAll(wave.keySet());
        decide(wave);
    }

    private void cancelBehind() {
        Map<SequencePlace, Locale> places = new LinkedHashMap<>(cancelledRests);
        cancelledRests.clear();
        places.forEach((place, locale) -> rows.behind(place).stream()
                .map(rows::get)
                .filter(Objects::nonNull)
                .filter(job -> job.status().isOpen())
                .toList()
                .forEach(job -> cancel(job, locale)));
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
                    // It failed, and its own children stayed open.
                    cancelledParents.put(child.id(), locale);
                }
            }
        });
    }

    private void triggerSuccessors() {
        if (ended.isEmpty()) {
            return;
        }
        Map<UUID, Locale> predecessors = new LinkedHashMap<>(ended);
        ended.clear();
        Locale locale = predecessors.values().iterator().next();
        boolean haveFailed = !predecessors.keySet().stream().allMatch(this::hasCompleted);
        for (UUID successor : rows.successors(predecessors.keySet())) {
            Job job = rows.get(successor);
            // A job that waits for children has run, so its predecessors no longer matter.
            if (job != null && !waitsForChildren(job)) {
                toDecide.merge(successor, new Trigger(locale, false, haveFailed), Trigger::and);
            }
        }
    }

    private boolean hasCompleted(UUID id) {
        Job job = rows.get(id);
        return job != null && job.status() == JobStatus.COMPLETED;
    }

    private void decide(Map<UUID, Trigger> wave) {
        Map<UUID, Trigger> parents = new LinkedHashMap<>();
        Map<UUID, Trigger> successors = new LinkedHashMap<>();
        wave.forEach((id, trigger) -> {
            Job job = rows.get(id);
            if (job != null && job.status() == JobStatus.WAITING) {
                if (waitsForChildren(job)) {
                    parents.put(id, trigger);
                } else if (job.relations().hasPredecessors()) {
                    successors.put(id, trigger);
                }
            }
        });
        if (!parents.isEmpty()) {
            // A successor that is decided because of what a parent does now is decided after everything that the parent
            // does.
            keepDue(successors);
        }
        decideParents(parents);
        decideSuccessors(successors);
    }

    /** Removes jobs that go on waiting. The end of a job that they wait for adds them again. */
    private void keepDue(Map<UUID, Trigger> successors) {
        skipOpen(successors, Set.of(), rows::withOpenPredecessors);
        if (!successors.isEmpty()) {
            Map<UUID, CascadeRows.PredecessorCounts> counts = rows.predecessors(successors.keySet());
            successors
                    .entrySet()
                    .removeIf(entry -> verdict(waiting(entry.getKey()), entry.getValue(), counts)
                                    .status()
                            == JobStatus.WAITING);
        }
    }

    private PredecessorRule.Verdict verdict(Job job, Trigger trigger, Map<UUID, CascadeRows.PredecessorCounts> counts) {
        return PredecessorRule.decide(
                job,
                counts.getOrDefault(job.id(), CascadeRows.PredecessorCounts.NONE),
                () -> rows.firstFailedPredecessor(job.id()),
                trigger.locale());
    }

    /** A waiting job that is neither a finisher nor has predecessors waits for children, even if its row does not say that it is a parent. */
    private static boolean waitsForChildren(Job waiting) {
        return waiting.relations().isParent()
                || !(waiting.relations().hasPredecessors()
                        || waiting.relations().isFinisher());
    }

    private void decideParents(Map<UUID, Trigger> parents) {
        Set<UUID> due = dueForProgress(parents.keySet());
        skipOpen(parents, due, rows::withOpenChildren);
        if (parents.isEmpty()) {
            return;
        }
        Map<UUID, CascadeRows.ChildCounts> counts = rows.children(parents.keySet());
        Map<UUID, UUID> finishers = rows.finishers(parents.keySet());
        parents.forEach((id, trigger) -> {
            Job parent = waiting(id);
            if (parent.status() == JobStatus.WAITING) {
                decideParent(
                        parent,
                        trigger,
                        counts.getOrDefault(id, CascadeRows.ChildCounts.NONE),
                        finishers.get(id),
                        due.contains(id));
            }
        });
    }

    /** Whether a job goes on waiting as long as a job that it waits for is open. */
    private static boolean isQuiet(Job job, Trigger trigger) {
        if (trigger.mustLook()) {
            return false;
        }
        if (!trigger.byFailure()) {
            return true;
        }
        return waitsForChildren(job)
                ? job.relations().onChildFailure() != ChildFailurePolicy.FAIL_AT_ONCE
                        && !job.relations().cancelsOtherChildren()
                : job.relations().onPredecessorFailure() == PredecessorFailurePolicy.RUN;
    }

    /** Removes jobs that go on waiting for sure, without counting all that they wait for. */
    private void skipOpen(Map<UUID, Trigger> waiting, Set<UUID> due, Function<Set<UUID>, Set<UUID>> withOpen) {
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

    /** The parents whose progress is to be worked out again. */
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
     * How often the progress of a waiting parent is written. Every second for a parent of up to 20,000 children, and a second more for each
     * further 20,000.
     *
     * @param children about how many children it has
     */
    public static Duration progressEvery(int children) {
        return PROGRESS_EVERY.multipliedBy(Math.max(1, (children + COUNTED_A_SECOND - 1) / COUNTED_A_SECOND));
    }

    private void decideParent(
            Job parent,
            Trigger trigger,
            CascadeRows.ChildCounts children,
            @Nullable UUID finisherId,
            boolean isProgressDue) {
        Locale locale = trigger.locale();
        // As long as children are open and none has failed, the finisher waits, so its row need not be read.
        boolean mayHaveEnded = trigger.mustLook() || trigger.byFailure() || children.open() == 0;
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
            // Also if the percentage is the same: its time says when the children were counted last.
            rows.put(moves.report(parent, parent.progress().withPercent(verdict.percent())));
            progressed(parent);
        }
        if (verdict.releasesFinisher() && finisher != null && waitsForSiblings(finisher)) {
            release(finisher);
        }
        if (trigger.byFailure() && parent.relations().cancelsOtherChildren()) {
            childrenToCancel(parent.id()).stream()
                    .filter(child ->
                            child.status().isOpen() && !child.relations().isFinisher())
                    .forEach(sibling -> cancel(sibling, locale));
        }
    }

    private void decideSuccessors(Map<UUID, Trigger> successors) {
        skipOpen(successors, Set.of(), rows::withOpenPredecessors);
        if (successors.isEmpty()) {
            return;
        }
        Map<UUID, CascadeRows.PredecessorCounts> counts = rows.predecessors(successors.keySet());
        successors.forEach((id, trigger) -> {
            Job job = waiting(id);
            if (job.status() != JobStatus.WAITING) {
                return;
            }
            PredecessorRule.Verdict verdict = verdict(job, trigger, counts);
            switch (verdict.status()) {
                case PENDING -> release(job);
                case FAILED -> move(moves.fail(job, Objects.requireNonNull(verdict.error())), trigger.locale());
                case CANCELLED -> move(moves.cancel(job), trigger.locale());
                default -> {}
            }
        });
    }

    /** A finisher that is a parent waits for children of its own, so it has run already. */
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
        CancelRule.Verdict verdict = CancelRule.ofOpen(open, moves);
        if (verdict instanceof CancelRule.CancelNow now) {
            move(now.cancelled(), locale);
        } else if (verdict instanceof CancelRule.RequestCancel request && request.requested() != null) {
            rows.put(request.requested());
            if (request.claim() != null) {
                cancelRequested.add(request.claim());
            }
        }
    }

    /**
     * The claims of running jobs whose cancellation the cascade has requested. The store gives their workers a hint after the commit.
     * Unmodifiable.
     */
    public List<Claim> cancelRequested() {
        return Collections.unmodifiableList(cancelRequested);
    }

    /** Whether the cascade has made a waiting job pending. The store gives idle workers a hint after the commit. */
    public boolean hasReleased() {
        return hasReleased;
    }
}
