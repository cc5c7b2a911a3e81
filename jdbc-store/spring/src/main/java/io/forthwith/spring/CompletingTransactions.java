package io.forthwith.spring;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.DefaultTransactionStatus;

/**
 * The transactions of the current thread that are being committed or rolled back. What runs after that, such as {@code afterCommit}, still
 * finds the connection bound to its thread, but what is written on it is in no transaction that anybody commits. Thread-safe.
 */
enum CompletingTransactions implements TransactionExecutionListener {
    INSTANCE;

    private static final ThreadLocal<@Nullable Set<ConnectionHolder>> COMPLETING = new ThreadLocal<>();

    /** Whether the transaction of this connection is being completed. */
    static boolean has(ConnectionHolder bound) {
        Set<ConnectionHolder> all = COMPLETING.get();
        return all != null && all.contains(bound);
    }

    @Override
    public void beforeCommit(TransactionExecution transaction) {
        begins(transaction);
    }

    @Override
    public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
        ends(transaction);
    }

    @Override
    public void beforeRollback(TransactionExecution transaction) {
        begins(transaction);
    }

    @Override
    public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
        ends(transaction);
    }

    private static void begins(TransactionExecution transaction) {
        ConnectionHolder bound = connectionOf(transaction);
        if (bound != null) {
            Set<ConnectionHolder> all = COMPLETING.get();
            if (all == null) {
                all = Collections.newSetFromMap(new IdentityHashMap<>());
                COMPLETING.set(all);
            }
            all.add(bound);
        }
    }

    private static void ends(TransactionExecution transaction) {
        ConnectionHolder bound = connectionOf(transaction);
        Set<ConnectionHolder> all = COMPLETING.get();
        if (bound != null && all != null && all.remove(bound) && all.isEmpty()) {
            COMPLETING.remove();
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
}
