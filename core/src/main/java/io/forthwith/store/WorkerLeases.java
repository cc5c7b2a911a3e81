package io.forthwith.store;

import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.ClaimRequest.QueuedType;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The workers that are alive, each with a lease that it renews by heartbeats. A role of {@link JobStore}. */
public interface WorkerLeases {
    /**
     * Records a running worker, with {@link WorkerLoad#NONE}. Atomic. Its lease expires after {@code lease} unless it beats. If the same
     * registration is repeated, its lease is renewed.
     */
    void register(WorkerInfo worker, Duration lease);

    /**
     * Renews the lease of a worker, and with it the worker's hold on all its jobs, and records its load. Atomic. A lease that has expired but was not taken over
     * yet is renewed too. The answer names the worker's jobs that are to be cancelled; a store need not look for them if the load says
     * that the worker holds none. The renewal need not be durable: a replica that is away
     * must not cost workers their leases.
     *
     * @param load how busy the worker is
     * @return {@link BeatAnswer#DEAD} if the worker was taken over, has deregistered or was never registered
     */
    BeatAnswer beat(UUID workerId, Duration lease, WorkerLoad load);

    /** Forgets a worker that has stopped. Atomic. Jobs that it still holds become orphans, which {@link WorkQueue#takeOver} finds. */
    void deregister(UUID workerId);

    /**
     * All registered workers, the one that registered first at the front; equal ones by id. One consistent read, which changes nothing. A
     * worker whose lease has expired is listed, as {@linkplain RegisteredWorker#isAlive not alive}, until it is taken over. What a worker has not
     * said, because it is of an older version of the library, is null.
     */
    List<RegisteredWorker> workers();

    /**
     * Answers which of these jobs another living worker serves. Its lease is good, and it has registered the queue and the type. A worker that takes jobs of
     * other types to fail them does not serve these. Neither does one that has not said what it serves, or whose list of queues was cut before this one. Workers ask this, at most
     * once a second about a type, when they have claimed a job of a type that they do not know, and as long as they leave jobs to others. One consistent read, which changes nothing. By default there are none, and a worker fails all jobs of unknown types.
     *
     * @param workerId the worker that asks
     * @param asked of queues that it serves; not empty
     */
    default Set<QueuedType> servedByOthers(UUID workerId, Set<QueuedType> asked) {
        return Set.of();
    }
}
