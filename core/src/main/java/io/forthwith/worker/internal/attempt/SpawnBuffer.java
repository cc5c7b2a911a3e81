package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.NewJob;
import io.forthwith.event.JobInterceptor;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.json.internal.JobJson;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.rules.NewFamilies;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Collects the jobs that one attempt spawns, until its processor has returned. It writes the input of each as JSON at
 * once, so that the call that spawns a job also reports a bad input. Thread-safe.
 */
public final class SpawnBuffer {
    private final Job job;
    private final JobJson json;
    private final JobInterceptor interceptor;
    private final JobsToSpawn spawned;
    private final Map<UUID, EncodedJob> encoded = new ConcurrentHashMap<>();
    private volatile boolean closed;

    SpawnBuffer(Job job, JobJson json, JobInterceptor interceptor) {
        this.job = job;
        this.interceptor = interceptor;
        this.json = json;
        this.spawned = new JobsToSpawn(job.id(), this::encode);
    }

    JobsToSpawn spawned() {
        return spawned;
    }

    /**
     * Called under the monitor of {@link #spawned}. So after {@link #close}, a job is either refused here, or
     * {@link JobsToSpawn#jobs} returns it.
     */
    private void encode(NewJob child) {
        if (closed) {
            throw new IllegalStateException("Job " + child.id() + " is spawned too late: the processor of job "
                    + job.id() + " has returned, or has completed it");
        }
        NewJob intercepted = interceptor.onEnqueue(child);
        encoded.put(child.id(), new EncodedJob(intercepted, json.encodeInput(intercepted)));
    }

    /** From now on, spawning is refused. */
    public void close() {
        closed = true;
    }

    /**
     * Closes, for a job that a transaction of its processor is about to complete.
     *
     * @throws IllegalStateException if something has been spawned; then spawning is still allowed
     */
    void closeEmpty() {
        close();
        int count = spawned.jobs().size();
        if (count > 0) {
            reopen();
            throw new IllegalStateException(
                    "Job " + job.id() + " has spawned " + count
                            + (count == 1 ? " job" : " jobs")
                            + " and cannot be completed in a transaction: it is completed by its children; return its result instead");
        }
    }

    /** From now on, spawning is allowed again. */
    void reopen() {
        closed = false;
    }

    /**
     * Closes, and returns what was spawned.
     *
     * @throws IllegalArgumentException if the jobs wait for each other in a circle
     */
    public SpawnedJobs take() {
        close();
        List<NewJob> jobs = spawned.jobs();
        if (jobs.isEmpty()) {
            return SpawnedJobs.NONE;
        }
        List<EncodedJob> all = jobs.stream()
                .map(child -> Objects.requireNonNull(encoded.get(child.id())))
                .toList();
        NewFamilies.ofSpawned(job.id(), all);
        JobRelations policies = spawned.policies(job.relations());
        return new SpawnedJobs(all, policies.onChildFailure(), policies.cancelsOtherChildren());
    }
}
