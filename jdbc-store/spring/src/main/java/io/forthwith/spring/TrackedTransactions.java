package io.forthwith.spring;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions of the current thread, each by the connection that is bound to the thread for it. Thread-safe.
 *
 * <p>A bound connection alone says little. What runs after the commit, such as {@code afterCommit}, still finds it, but nobody commits what
 * is written on it then. And within a transaction of another data source, a connection is bound that has no transaction.
 */
enum TrackedTransactions implements TransactionExecutionListener {
    INSTANCE;

    private static final ThreadLocal<@Nullable Connections> CURRENT = new ThreadLocal<>();

    /** What is known of a bound connection. */
    enum State {
        ACTIVE,
        /** Its transaction has ended, or it has none. */
        NONE,
        /** Whoever manages transactions of this thread does not tell. */
        UNKNOWN
    }

    /** Weak, in case that nobody tells of an end. They are compared by identity. */
    private static final class Connections {
        private final Set<ConnectionHolder> active = Collections.newSetFromMap(new WeakHashMap<>());
        private final Set<ConnectionHolder> ended = Collections.newSetFromMap(new WeakHashMap<>());
    }

    static State of(ConnectionHolder bound) {
        Connections all = CURRENT.get();
        if (all == null || (all.active.isEmpty() && all.ended.isEmpty())) {
            return State.UNKNOWN;
        }
        return all.active.contains(bound) ? State.ACTIVE : State.NONE;
    }

    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
        ConnectionHolder bound = connectionOf(transaction);
        if (bound != null && failure == null) {
            Connections all = CURRENT.get();
            if (all == null) {
                all = new Connections();
                CURRENT.set(all);
            }
            all.active.add(bound);
        }
    }

    /** Entities are written within the commit, and their listeners may still enqueue: the transaction ends a little later. */
    @Override
    public void beforeCommit(TransactionExecution transaction) {
        ConnectionHolder bound = connectionOf(transaction);
        if (bound != null && TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new EndOf(bound));
        }
    }

    @Override
    public void beforeRollback(TransactionExecution transaction) {
        ConnectionHolder bound = connectionOf(transaction);
        if (bound != null) {
            ended(bound);
        }
    }

    @Override
    public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
        forget(transaction);
    }

    @Override
    public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
        forget(transaction);
    }

    private static void ended(ConnectionHolder bound) {
        Connections all = CURRENT.get();
        if (all != null && all.active.remove(bound)) {
            all.ended.add(bound);
        }
    }

    private static void forget(TransactionExecution transaction) {
        ConnectionHolder bound = connectionOf(transaction);
        Connections all = CURRENT.get();
        if (bound != null && all != null) {
            all.active.remove(bound);
            all.ended.remove(bound);
            if (all.active.isEmpty() && all.ended.isEmpty()) {
                CURRENT.remove();
            }
        }
    }

    /** Null if it does not end with this call: it is a savepoint of another one, or takes part in one. Null, too, without JDBC. */
    private static @Nullable ConnectionHolder connectionOf(TransactionExecution transaction) {
        return transaction.isNewTransaction()
                        && !transaction.isNested()
                        && transaction instanceof DefaultTransactionStatus status
                        && status.hasTransaction()
                        && status.getTransaction() instanceof JdbcTransactionObjectSupport jdbc
                        && jdbc.hasConnectionHolder()
                ? jdbc.getConnectionHolder()
                : null;
    }

    /** Runs first of all that runs after the commit. */
    private record EndOf(ConnectionHolder bound) implements TransactionSynchronization, Ordered {
        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }

        @Override
        public void afterCommit() {
            ended(bound);
        }

        @Override
        public void afterCompletion(int status) {
            ended(bound);
        }
    }
}
