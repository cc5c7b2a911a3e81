package io.forthwith.store;

import io.forthwith.internal.job.HintListeners;
import java.util.function.Consumer;

/**
 * Hints make workers fast. Without them everything still works, but later. A role of {@link JobStore} whose methods all have defaults. A
 * hint may come late, twice or never. A listener is called after the transaction, without locks held; what it throws does not reach the
 * caller of the store. {@link HintListeners} does this.
 */
public interface StoreHints {
    /**
     * Calls the listener when jobs may have been added or released, by this process or another. Released are, for example, jobs behind one that has just ended: its
     * successors, the finisher of its parent, and the next ones of its limits and its sequence. By default it is never called, and workers find jobs when they poll.
     */
    default Subscription onAdded(Runnable listener) {
        return () -> {};
    }

    /**
     * Whether the listeners of {@link #onAdded} currently get a hint at once for every job that was added or released, also by other processes. If so, a worker whose
     * claim has left slots free claims again after a hint or at its next poll. If not, it also does so when a job ends, and if it has found jobs, it polls more often for a
     * while. By default not.
     */
    default boolean hearsOthers() {
        return false;
    }

    /**
     * Calls the listener when the cancellation of a running job was requested, by this process or another. It gets the claim under which the
     * job was running, read in the same transaction as the request, so a late hint hits no later attempt. By default it is never called;
     * {@link WorkerLeases#beat} tells the worker in any case.
     */
    default Subscription onCancelRequested(Consumer<Claim> listener) {
        return () -> {};
    }

    /**
     * Calls the listener when another server may answer now, or the same one has started again: it may have forgotten its last commits. A worker then compares at once what
     * it runs with what the store says. By default it is never called; workers compare after failures of the store, and once a minute.
     */
    default Subscription onServerChange(Runnable listener) {
        return () -> {};
    }

    /** Ends a subscription when it is closed. Closing it again does nothing. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
