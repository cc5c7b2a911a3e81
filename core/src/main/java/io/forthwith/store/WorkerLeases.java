package io.forthwith.store;

import java.time.Duration;
import java.util.List;
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
     * @return {@link Beat#DEAD} if the worker was taken over, has deregistered or was never registered
     */
    Beat beat(UUID workerId, Duration lease, WorkerLoad load);

    /** Forgets a worker that has stopped. Atomic. Jobs that it still holds become orphans, which {@link WorkQueue#takeOver} finds. */
    void deregister(UUID workerId);

    /**
     * All registered workers, the one that registered first at the front; equal ones by id. One consistent read, which changes nothing. A
     * worker whose lease has expired is listed, as {@linkplain WorkerState#isAlive not alive}, until it is taken over. What a worker has not
     * said, because it is of an older version of the library, is null.
     */
    List<WorkerState> workers();
}
