package io.forthwith.spring;

import io.forthwith.store.JobStore;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.PriorityOrdered;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.JdbcTransactionObjectSupport;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The transactions of the current thread. Thread-safe.
 *
 * <p>A connection that is bound to the thread says little by itself. What runs after the commit, such as {@code afterCommit}, still finds it,
 * but nobody commits what is written on it then. And within a transaction of another data source, or of something that is no database,
 * a connection is bound that has no transaction.
 */
enum TrackedTransactions implements TransactionExecutionListener {
    INSTANCE;

    /** Weak and compared by identity: Spring does not tell of every end. */
    private static final ThreadLocal<@Nullable Map<TransactionExecution, Tracked>> CURRENT = new ThreadLocal<>();

    /** What is known of a bound connection. */
    enum State {
        ACTIVE,
        /** Its transaction has ended, or it has none. */
        NONE,
        /** Whoever manages transactions of this thread does not tell. */
        UNKNOWN
    }

    /** What this listener knows of a bound connection. */
    static State of(ConnectionHolder bound) {
        if (active(bound) != null) {
            return State.ACTIVE;
        }
        boolean isKnown = current().anyMatch(each -> bound == each.bound || !each.hasEnded);
        return isKnown ? State.NONE : State.UNKNOWN;
    }

    /** The active transaction of a bound connection; null if it is not known. */
    static @Nullable Tracked active(ConnectionHolder bound) {
        return current()
                .filter(each -> bound == each.bound && !each.hasEnded)
                .findFirst()
                .orElse(null);
    }

    private static Stream<Tracked> current() {
        Map<TransactionExecution, Tracked> all = CURRENT.get();
        return all == null ? Stream.empty() : all.values().stream();
    }

    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
        if (failure != null || !endsByItself(transaction)) {
            return;
        }
        Map<TransactionExecution, Tracked> all = CURRENT.get();
        if (all == null) {
            all = new WeakHashMap<>();
            CURRENT.set(all);
        }
        Tracked tracked = new Tracked(
                connectionOf(transaction), TransactionSynchronizationManager.isCurrentTransactionReadOnly());
        all.put(transaction, tracked);
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(tracked);
        }
    }

    @Override
    public void beforeRollback(TransactionExecution transaction) {
        Map<TransactionExecution, Tracked> all = CURRENT.get();
        Tracked tracked = all == null ? null : all.get(transaction);
        if (tracked != null) {
            tracked.hasEnded = true;
        }
    }

    @Override
    public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
        Tracked tracked = forget(transaction);
        if (tracked != null && failure == null) {
            tracked.afterCommit();
        }
    }

    @Override
    public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
        forget(transaction);
    }

    private static @Nullable Tracked forget(TransactionExecution transaction) {
        Map<TransactionExecution, Tracked> all = CURRENT.get();
        if (all == null) {
            return null;
        }
        Tracked tracked = all.remove(transaction);
        if (all.isEmpty()) {
            CURRENT.remove();
        }
        return tracked;
    }

    /** Not if it is a savepoint of another one, or takes part in one. */
    private static boolean endsByItself(TransactionExecution transaction) {
        return transaction.isNewTransaction() && !transaction.isNested();
    }

    /** Null if it is none of JDBC. */
    private static @Nullable ConnectionHolder connectionOf(TransactionExecution transaction) {
        return transaction instanceof DefaultTransactionStatus status
                        && status.hasTransaction()
                        && status.getTransaction() instanceof JdbcTransactionObjectSupport jdbc
                        && jdbc.hasConnectionHolder()
                ? jdbc.getConnectionHolder()
                : null;
    }

    /**
     * A transaction. It is registered before all other synchronizations, and so runs first of all that runs after the commit. It has not ended
     * before that: entities are written within the commit, and their listeners may enqueue.
     */
    static final class Tracked implements TransactionSynchronization, PriorityOrdered {
        private final @Nullable ConnectionHolder bound;
        private final boolean isReadOnly;
        private final Set<JobStore> toWake = new LinkedHashSet<>();
        private boolean hasEnded;

        private Tracked(@Nullable ConnectionHolder bound, boolean isReadOnly) {
            this.bound = bound;
            this.isReadOnly = isReadOnly;
        }

        boolean isReadOnly() {
            return isReadOnly;
        }

        /** Tells the workers of this store once it is committed. */
        void wake(JobStore store) {
            toWake.add(store);
        }

        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }

        @Override
        public void afterCommit() {
            hasEnded = true;
            toWake.forEach(JobStore::wake);
            toWake.clear();
        }

        @Override
        public void afterCompletion(int status) {
            hasEnded = true;
        }
    }
}
