package io.forthwith.spring;

import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionSynchronizationUtils;

/**
 * The transaction that completes a job, as Spring sees it: {@code JdbcTemplate}s and transactional methods of its thread work on its
 * connection. The store commits it. Used once, by one thread.
 */
final class CompletionTransaction {
    private static final String ENTITIES = "jakarta.persistence.EntityManagerFactory";

    private final DataSource dataSource;
    private List<TransactionSynchronization> synchronizations = List.of();

    CompletionTransaction(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** A connection that the library has bound to the thread, and not a transaction manager. */
    private static final class Bound extends ConnectionHolder {
        Bound(Connection connection) {
            super(connection, true);
        }
    }

    /** Whether this is the connection of such a transaction. */
    static boolean has(ConnectionHolder bound) {
        return bound instanceof Bound;
    }

    /** Does the work as a part of the transaction. */
    <R extends @Nullable Object> R work(Connection connection, Callable<R> work) throws Exception {
        ConnectionHolder bound = new Bound(connection);
        TransactionSynchronizationManager.initSynchronization();
        TransactionSynchronizationManager.setActualTransactionActive(true);
        TransactionSynchronizationManager.bindResource(dataSource, bound);
        try {
            R result = work.call();
            requireNoEntities();
            TransactionSynchronizationUtils.triggerBeforeCommit(false);
            if (bound.isRollbackOnly()) {
                throw new IllegalStateException(
                        "A transactional method has marked the transaction for rollback, and its exception was caught: the job is not"
                                + " completed. Let the exception through, or give the method a transaction of its own");
            }
            return result;
        } finally {
            TransactionSynchronizationUtils.triggerBeforeCompletion();
            synchronizations = TransactionSynchronizationManager.getSynchronizations();
            TransactionSynchronizationManager.clear();
            TransactionSynchronizationManager.unbindResource(dataSource);
        }
    }

    /** An entity manager sees a transaction, but not that it should write before the commit: what it has would be lost. */
    private static void requireNoEntities() {
        boolean usesEntities = TransactionSynchronizationManager.getResourceMap().keySet().stream()
                .anyMatch(key -> isFactoryOfEntities(key.getClass()));
        if (usesEntities) {
            throw new IllegalStateException(
                    "An EntityManager takes no part in the transaction that completes a job, so its changes would"
                            + " be lost: use a JdbcTemplate in complete(), or change entities in a transactional method before it");
        }
    }

    /** By name: the host need not have JPA. */
    private static boolean isFactoryOfEntities(Class<?> type) {
        return type.getName().equals(ENTITIES)
                || Stream.of(type.getInterfaces()).anyMatch(CompletionTransaction::isFactoryOfEntities)
                || (type.getSuperclass() != null && isFactoryOfEntities(type.getSuperclass()));
    }

    /** The store has committed it. */
    void committed() {
        try {
            TransactionSynchronizationUtils.invokeAfterCommit(synchronizations);
        } finally {
            completed(TransactionSynchronization.STATUS_COMMITTED);
        }
    }

    /** The store has thrown something: nothing was committed. */
    void failed() {
        completed(TransactionSynchronization.STATUS_ROLLED_BACK);
    }

    private void completed(int status) {
        TransactionSynchronizationUtils.invokeAfterCompletion(synchronizations, status);
    }
}
