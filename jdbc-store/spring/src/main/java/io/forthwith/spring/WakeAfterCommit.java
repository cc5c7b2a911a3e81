package io.forthwith.spring;

import io.forthwith.store.JobStore;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Tells workers of new jobs once a transaction has been committed that no listener has told of. */
record WakeAfterCommit(JobStore store) implements TransactionSynchronization {
    /** Once for each transaction. */
    static void of(JobStore store) {
        WakeAfterCommit wake = new WakeAfterCommit(store);
        if (TransactionSynchronizationManager.isSynchronizationActive()
                && !TransactionSynchronizationManager.getSynchronizations().contains(wake)) {
            TransactionSynchronizationManager.registerSynchronization(wake);
        }
    }

    @Override
    public void afterCommit() {
        store.wake();
    }
}
