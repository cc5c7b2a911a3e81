package io.forthwith.internal.job;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobRelations;
import io.forthwith.NewJob;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that one attempt has spawned, and the policy for failing children. If the attempt succeeds, they are
 * enqueued in the same transaction in which the job begins to wait for them. Otherwise they are dropped. If the unique
 * key or the id of one of them is in use, none is enqueued, and the job fails with the code {@code unique_key_taken}.
 * Thread-safe.
 */
public final class JobsToSpawn {
    private final UUID parentId;
    private final Consumer<NewJob> check;
    private final Map<UUID, NewJob> jobs = new LinkedHashMap<>();
    private final Set<UUID> withFinisher = new HashSet<>();
    private @Nullable ChildFailurePolicy onChildFailure;
    private boolean cancelsOtherChildren;

    /**
     * Without jobs. For workers and {@code FakeJobContext}.
     *
     * @param parentId the id of the spawning job
     * @param check is called with each job before it is added, and throws if the job cannot be enqueued
     */
    public JobsToSpawn(UUID parentId, Consumer<NewJob> check) {
        this.parentId = NullRules.require(parentId, "parentId", "give the id of the spawning job");
        this.check = NullRules.require(check, "check", "give a check that throws nothing if there is none");
    }

    /**
     * Adds all of these jobs, or none if one is refused. A job without a parent becomes a child of the spawning job. If
     * a job has another parent, or {@linkplain NewJob#after predecessors}, these must have been added before it.
     *
     * @throws IllegalArgumentException if a job cannot be added or its input cannot be stored; the message names the
     *     job and the rule
     * @throws IllegalStateException if the processor has returned, or has completed its job
     */
    public synchronized void add(Collection<NewJob> children) {
        NullRules.requireAll(children, "children", "give the jobs to spawn, or leave the call out");
        List<NewJob> taken = new ArrayList<>();
        try {
            for (NewJob child : children) {
                requireNew(child);
                NewJob job = child.parentId() == null ? child.parent(parentId) : child;
                require(job);
                check.accept(job);
                jobs.put(job.id(), job);
                taken.add(job);
                if (job.isFinisher()) {
                    withFinisher.add(job.parentId());
                }
            }
        } catch (Throwable refused) {
            taken.forEach(this::forget);
            throw refused;
        }
    }

    private void forget(NewJob job) {
        jobs.remove(job.id());
        if (job.isFinisher()) {
            withFinisher.remove(job.parentId());
        }
    }

    private void requireNew(NewJob job) {
        if (job.id().equals(parentId)) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot spawn itself");
        }
        if (jobs.containsKey(job.id())) {
            throw new IllegalArgumentException("Job " + job.id() + " is spawned twice");
        }
    }

    private void require(NewJob job) {
        requireParent(job, Objects.requireNonNull(job.parentId()));
        if (!job.predecessors().isEmpty() && (job.isFinisher() || !job.isSealed())) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot come after others: "
                    + (job.isFinisher()
                            ? "it finishes job " + job.parentId() + ", and so comes after all its children"
                            : "an unsealed group never runs itself; let its children come after them"));
        }
        for (UUID predecessor : job.predecessors()) {
            if (!jobs.containsKey(predecessor)) {
                throw new IllegalArgumentException(
                        "Job " + job.id() + " comes after job " + predecessor
                                + ", which was not spawned before it: spawned jobs wait for each other only, the earlier one first");
            }
        }
    }

    private void requireParent(NewJob job, UUID parent) {
        NewJob known = jobs.get(parent);
        if (known == null && !parent.equals(parentId)) {
            throw new IllegalArgumentException("Job " + job.id() + " names the parent " + parent
                    + ", which was not spawned before it: spawn a parent first, then its children");
        }
        if (known != null && !known.predecessors().isEmpty()) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot be a child of job " + parent
                    + ", which comes after others: let the children come after them");
        }
        if (known != null && known.isFinisher()) {
            throw new IllegalArgumentException("Job " + job.id() + " cannot be a child of job " + parent
                    + ", which finishes another one: let that spawn children when it runs");
        }
        if (job.isFinisher() && !job.isSealed()) {
            throw new IllegalArgumentException(
                    "Job " + job.id() + " cannot finish job " + parent + ": an unsealed group never runs itself");
        }
        if (job.isFinisher() && withFinisher.contains(parent)) {
            throw new IllegalArgumentException("Job " + job.id() + " would be the second one to finish job " + parent
                    + ": a parent has one finisher");
        }
    }

    /**
     * Sets what happens to the spawning job when a child fails or is cancelled. By default its own
     * {@link NewJob#onChildFailure}.
     */
    public synchronized void onChildFailure(ChildFailurePolicy policy) {
        onChildFailure =
                NullRules.require(policy, "policy", "leave onChildFailure() out for the policy of the spawning job");
    }

    /**
     * If a child fails or is cancelled, the other open children are cancelled. By default as
     * {@link NewJob#cancelOtherChildren} of the spawning job says.
     */
    public synchronized void cancelOtherChildren() {
        cancelsOtherChildren = true;
    }

    /** The jobs in the order in which they were added, each with its parent. */
    public synchronized List<NewJob> jobs() {
        return List.copyOf(jobs.values());
    }

    /** The relations {@code own} of the spawning job, as a sealed parent with the policies that were set here. */
    public synchronized JobRelations policies(JobRelations own) {
        return own.parent(
                LibraryOnly.KEY,
                true,
                onChildFailure == null ? own.onChildFailure() : onChildFailure,
                cancelsOtherChildren || own.cancelsOtherChildren());
    }
}
