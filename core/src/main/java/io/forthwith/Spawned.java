package io.forthwith;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The children that one attempt of a job has spawned, and what becomes of the job if one fails. They are enqueued if the attempt
 * succeeds, in the same step in which the job begins to wait for them; of an attempt that fails nothing is left. Thread-safe.
 */
public final class Spawned {
    private final UUID parentId;
    private final Consumer<NewJob> check;
    private final Map<UUID, NewJob> byId = new HashMap<>();
    private final List<NewJob> jobs = new ArrayList<>();
    private @Nullable ChildFailure onChildFailure;
    private boolean cancelsSiblings;

    /**
     * Nothing.
     *
     * @param parentId the job that spawns
     * @param check is shown each job before it is taken, and throws if it cannot be enqueued
     */
    public Spawned(UUID parentId, Consumer<NewJob> check) {
        this.parentId = Objects.requireNonNull(parentId, "parentId");
        this.check = Objects.requireNonNull(check, "check");
    }

    /**
     * Adds jobs, all or none. One that names no parent becomes a child of the spawning job; another one's parent, and those it comes
     * {@linkplain NewJob#after after}, must have been added before it.
     *
     * @throws IllegalArgumentException naming the job and the rule
     */
    public synchronized void add(Collection<NewJob> children) {
        Map<UUID, NewJob> more = new HashMap<>();
        List<NewJob> adopted = new ArrayList<>();
        for (NewJob child : children) {
            NewJob job = child.parentId() == null ? child.parent(parentId) : child;
            require(job, more);
            check.accept(job);
            more.put(job.id(), job);
            adopted.add(job);
        }
        byId.putAll(more);
        jobs.addAll(adopted);
    }

    private void require(NewJob job, Map<UUID, NewJob> more) {
        if (job.id().equals(parentId) || byId.containsKey(job.id()) || more.containsKey(job.id())) {
            throw new IllegalArgumentException("Job " + job.id() + " is spawned twice, or by itself");
        }
        UUID parent = Objects.requireNonNull(job.parentId());
        if (!parent.equals(parentId) && !byId.containsKey(parent) && !more.containsKey(parent)) {
            throw new IllegalArgumentException("Job " + job.id() + " names the parent " + parent
                    + ", which was not spawned before it: spawn a parent first, then its children");
        }
        if (job.isSecondPart() && jobsOf(parent, more) > 0) {
            throw new IllegalArgumentException("Job " + job.id() + " would be the second one to finish job " + parent
                    + ": a parent has one second part");
        }
        for (UUID predecessor : job.predecessors()) {
            if (!byId.containsKey(predecessor) && !more.containsKey(predecessor)) {
                throw new IllegalArgumentException(
                        "Job " + job.id() + " comes after job " + predecessor
                                + ", which was not spawned before it: spawned jobs wait for each other only, the earlier one first");
            }
        }
    }

    /** How many second parts a parent has so far. */
    private long jobsOf(UUID parent, Map<UUID, NewJob> more) {
        return byId.values().stream().filter(job -> finishes(job, parent)).count()
                + more.values().stream().filter(job -> finishes(job, parent)).count();
    }

    private static boolean finishes(NewJob job, UUID parent) {
        return job.isSecondPart() && parent.equals(job.parentId());
    }

    /**
     * The second part of the spawning job: runs when all its other children have ended well enough for it not to fail, sees what they
     * returned ({@link JobContext#siblings}), and its result becomes that of the job.
     *
     * @throws IllegalArgumentException if there is one already
     */
    public void finishWith(NewJob secondPart) {
        add(List.of(secondPart.finishes(parentId)));
    }

    /** What becomes of the job when a child fails or is cancelled. By default what {@link NewJob#onChildFailure} said. */
    public synchronized void onChildFailure(ChildFailure policy) {
        onChildFailure = Objects.requireNonNull(policy, "policy");
    }

    /** When a child fails or is cancelled, those that are open are cancelled. By default what {@link NewJob#cancelSiblings} said. */
    public synchronized void cancelSiblings() {
        cancelsSiblings = true;
    }

    /** The jobs, in the order in which they were added, each with its parent. */
    public synchronized List<NewJob> jobs() {
        return List.copyOf(jobs);
    }

    /** What was said of failed children here and, where nothing was, with the spawning job itself, whose ties these are. */
    public synchronized JobTies policies(JobTies own) {
        return own.parent(
                true,
                onChildFailure == null ? own.onChildFailure() : onChildFailure,
                cancelsSiblings || own.cancelsSiblings());
    }
}
