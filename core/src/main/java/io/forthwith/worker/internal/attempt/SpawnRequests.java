package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.NewJob;
import io.forthwith.SpawnedJobs;
import io.forthwith.json.JobCodec;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Spawn;
import io.forthwith.store.rules.NewFamilies;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** What one attempt spawns, each job turned into JSON when it is spawned, until its processor has returned. Thread-safe. */
public final class SpawnRequests {
    private final Job job;
    private final JobCodec codec;
    private final SpawnedJobs spawned;
    private final Map<UUID, EncodedJob> encoded = new ConcurrentHashMap<>();
    private volatile boolean closed;

    SpawnRequests(Job job, JobCodec codec) {
        this.job = job;
        this.codec = codec;
        this.spawned = new SpawnedJobs(job.id(), this::encode);
    }

    SpawnedJobs spawned() {
        return spawned;
    }

    /** Called under the monitor of {@link #spawned}, so what is closed is seen here before {@link SpawnedJobs#jobs} answers. */
    private void encode(NewJob child) {
        if (closed) {
            throw new IllegalStateException("Job " + child.id() + " is spawned too late: the processor of job "
                    + job.id() + " has returned, or has completed it");
        }
        encoded.put(child.id(), new EncodedJob(child, codec.encodeInput(child)));
    }

    /** Lets nothing more be spawned. */
    public void close() {
        closed = true;
    }

    /**
     * The same for a job that is about to be completed otherwise.
     *
     * @throws IllegalStateException if something has been spawned; more can be
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

    /** Lets jobs be spawned again. */
    void reopen() {
        closed = false;
    }

    /**
     * What was spawned, of which there will be no more.
     *
     * @throws IllegalArgumentException if jobs wait for each other in a circle
     */
    public Spawn take() {
        close();
        List<NewJob> jobs = spawned.jobs();
        if (jobs.isEmpty()) {
            return Spawn.NONE;
        }
        List<EncodedJob> all = jobs.stream()
                .map(child -> Objects.requireNonNull(encoded.get(child.id())))
                .toList();
        NewFamilies.ofSpawned(job.id(), all);
        JobRelations policies = spawned.policies(job.relations());
        return new Spawn(all, policies.onChildFailure(), policies.cancelsSiblings());
    }
}
