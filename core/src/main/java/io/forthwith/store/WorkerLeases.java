package io.forthwith.store;

import java.time.Duration;
import java.util.UUID;

/** The workers that are alive, each with a lease that it renews by heartbeats. A role of {@link JobStore}. */
public interface WorkerLeases {
    /** Records a running worker. Atomic. Its lease expires after {@code lease} unless it beats. */
    void register(WorkerInfo worker, Duration lease);

    /**
     * Renews the lease of a worker, and with it the worker's hold on all its jobs. Atomic. A lease that has expired but was not taken over
     * yet is renewed too. The answer names the worker's jobs that are to be cancelled. The renewal need not be durable: a replica that is away
     * must not cost workers their leases.
     *
     * @return {@link Beat#DEAD} if the worker was taken over, has deregistered or was never registered
     */
    Beat beat(UUID workerId, Duration lease);

    /** Forgets a worker that has stopped. Atomic. Jobs that it still holds become orphans, which {@link WorkQueue#takeOver} finds. */
    void deregister(UUID workerId);
}
