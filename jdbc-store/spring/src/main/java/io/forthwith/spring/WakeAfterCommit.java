package io.forthwith.spring;

import io.forthwith.store.JobStore;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Tells workers of new jobs once the transaction has been committed that has added them. */
record WakeAfterCommit(JobStore store) implements TransactionSynchronization, Ordered {
    /** Once for each transaction. */
    static void of(JobStore store) {
        WakeAfterCommit wake = new WakeAfterCommit(store);
        if (TransactionSynchronizationManager.isSynchronizationActive()
                && !TransactionSynchronizationManager.getSynchronizations().contains(wake)) {
            TransactionSynchronizationManager.registerSynchronization(wake);
        }
    }

    /** Before others, so that jobs start while they run. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public void afterCommit() {
        store.wake();
    }
}
