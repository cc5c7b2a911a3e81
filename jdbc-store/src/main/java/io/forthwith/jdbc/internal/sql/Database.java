package io.forthwith.jdbc.internal.sql;

import io.forthwith.JobStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Borrows connections, runs work on them in transactions, and turns failures into {@link JobStoreException}s.
 * Immutable and thread-safe.
 *
 * <p>Every transaction is READ COMMITTED. If the database rolls one back because of a conflict with another one, it
 * is repeated, up to {@value #REPEATS} times, and no longer than a statement may take.
 */
public final class Database {
    private static final int REPEATS = 6;
    private static final Duration LONGEST_WAY = Duration.ofMillis(2);
    private static final Duration NETWORK_MARGIN = Duration.ofSeconds(5);
    /** A shorter network time-out would break connections to a server that is only slow. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(250);

    private final DataSource dataSource;
    private final SqlDialect dialect;
    private final boolean startsReadCommitted;
    private final Duration queryTimeout;
    private final @Nullable Duration lockWait;
    private final @Nullable TransactionEnd end;
    private final CallsInFlight inFlight;

    public Database(DataSource dataSource, SqlDialect dialect, boolean startsReadCommitted, Duration queryTimeout) {
        this(dataSource, dialect, startsReadCommitted, queryTimeout, null, null, new CallsInFlight());
    }

    private Database(
            DataSource dataSource,
            SqlDialect dialect,
            boolean startsReadCommitted,
            Duration queryTimeout,
            @Nullable Duration lockWait,
            @Nullable TransactionEnd end,
            CallsInFlight inFlight) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.startsReadCommitted = startsReadCommitted;
        this.queryTimeout = queryTimeout;
        this.lockWait = lockWait;
        this.end = end;
        this.inFlight = inFlight;
    }

    public DataSource dataSource() {
        return dataSource;
    }

    public SqlDialect dialect() {
        return dialect;
    }

    /** The time-out of one statement. */
    public Duration queryTimeout() {
        return queryTimeout;
    }

    /** The same database with another time-out for statements. */
    public Database withQueryTimeout(Duration timeout) {
        return new Database(dataSource, dialect, startsReadCommitted, timeout, lockWait, end, inFlight);
    }

    /**
     * The same database for transactions that must not wait long for locks of others. They throw {@link LocksHeldException}
     * after that time, or at once where the database cannot wait so shortly.
     */
    public Database withLockWait(Duration longest) {
        return new Database(dataSource, dialect, startsReadCommitted, queryTimeout, longest, end, inFlight);
    }

    /** The same database for transactions that the server ends if this process goes silent in one of them. */
    public Database ending(TransactionEnd ofTransactions) {
        return new Database(dataSource, dialect, startsReadCommitted, queryTimeout, lockWait, ofTransactions, inFlight);
    }

    /** The longest time to wait for a lock; that of a statement unless it is {@linkplain #withLockWait limited}. */
    public Duration lockWait() {
        return lockWait == null ? queryTimeout : lockWait;
    }

    /** What a call of the thread asks at this moment; empty if there is none, or none but in a transaction of the host. */
    public Optional<String> workingOn(Thread thread) {
        return inFlight.of(thread);
    }

    /** Runs statements that change nothing. */
    public <T> T read(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, false, false, usual()));
    }

    /** Runs one statement that is atomic by itself, without the extra round trips of a transaction. */
    public <T> T once(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, !startsReadCommitted, true, usual()));
    }

    /**
     * Runs one statement that is atomic by itself and may be repeated, for a caller who cannot wait for long: if the connection is deaf
     * or lost, it is tried once more on another one.
     *
     * @param atMost the network time-out of each try; the server gives up a little earlier
     */
    public <T> T urgently(String what, Duration atMost, Session.Work<T> work) {
        Duration network = shorter(networkTimeout(), atMost.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : atMost);
        Limits limits = new Limits(shorter(queryTimeout, network.minusSeconds(1)), network, true);
        return repeating(new Call<>(what, work, !startsReadCommitted, true, limits));
    }

    /** Runs statements in one transaction. */
    public <T> T transaction(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, true, true, usual()));
    }

    /** Runs work on a connection whose transaction the host commits. */
    public <T> T joining(Connection connection, String what, Session.Work<T> work) {
        try {
            SqlDialect.Restore restore = dialect.join(connection);
            try {
                return work.on(session(connection));
            } finally {
                restore.run();
            }
        } catch (SQLException failed) {
            throw hostsTransactionFailed(what, failed);
        }
    }

    /**
     * After a conflict some databases have rolled back the whole transaction of the host: the next statement would be
     * part of a new one.
     */
    private JobStoreException hostsTransactionFailed(String what, SQLException failed) {
        return dialect.failureOf(failed) == SqlFailureKind.CONFLICT
                ? new JobStoreException(
                        JobStoreException.Kind.TRANSIENT,
                        "Could not " + what + ": SQLState " + failed.getSQLState() + ", vendor code "
                                + failed.getErrorCode()
                                + "; another transaction was in the way of yours: roll back and begin anew",
                        failed)
                : exception(what, failed, false);
    }

    /** Borrows a connection for one transaction, which the caller commits and which is not repeated. */
    public DataSourceConnection lend() throws SQLException {
        WriterTurn turn = dialect.turn(true, queryTimeout);
        boolean isLent = false;
        try {
            DataSourceConnection borrowed = DataSourceConnection.of(dataSource, dialect, false, networkTimeout())
                    .until(turn);
            isLent = true;
            return borrowed;
        } finally {
            if (!isLent) {
                turn.close();
            }
        }
    }

    /** Borrows a connection in auto-commit mode, for single statements that are not repeated. */
    public DataSourceConnection lendAtOnce(Duration networkTimeout) throws SQLException {
        return DataSourceConnection.of(dataSource, dialect, true, networkTimeout);
    }

    /** The network time-out. It is longer than that of statements, so that the server gives up first: its answer is definite. */
    public Duration networkTimeout() {
        return queryTimeout.plus(NETWORK_MARGIN);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private Limits usual() {
        return new Limits(queryTimeout, networkTimeout(), false);
    }

    private <T> T repeating(Call<T> call) {
        List<SQLException> earlier = new ArrayList<>();
        long begun = System.nanoTime();
        while (true) {
            Progress progress = new Progress();
            try {
                return attempt(call, progress);
            } catch (SQLException failed) {
                if (lockWait != null && dialect.isHeldByOthers(failed)) {
                    throw new LocksHeldException(failed);
                }
                boolean isDeaf = call.limits.onAnotherConnection
                        && progress.isLent
                        && earlier.isEmpty()
                        && isOfNoMoreUse(failed);
                if (!isDeaf && (!isWorthRepeating(failed) || earlier.size() == REPEATS || isOver(begun))) {
                    earlier.forEach(failed::addSuppressed);
                    throw progress.isConnected
                            ? exception(call.what, failed, progress.mayHaveCommitted)
                            : unreachable(call.what, failed);
                }
                earlier.add(failed);
                giveWay(earlier.size());
            }
        }
    }

    /** Some databases call a long wait for a lock a conflict. */
    private boolean isOver(long begun) {
        return System.nanoTime() - begun >= queryTimeout.toNanos();
    }

    private boolean isWorthRepeating(SQLException failed) {
        return failed instanceof OvertakenException || dialect.failureOf(failed).isWorthRepeating();
    }

    /**
     * Waits a random moment without a connection: two transactions that were in conflict would be in conflict again
     * if both came back at once.
     */
    private static void giveWay(int times) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_WAY.toNanos() << times));
    }

    private <T> T attempt(Call<T> call, Progress progress) throws SQLException {
        CallsInFlight.CallInFlight working = inFlight.begin(call.what);
        try (WriterTurn turn = turn(call.writes, progress);
                DataSourceConnection borrowed = DataSourceConnection.of(
                                lent(progress), dialect, !call.inTransaction, call.limits.network)
                        .until(turn)) {
            progress.isConnected = true;
            try {
                return call.inTransaction
                        ? inTransaction(borrowed, call, progress, working)
                        : atOnce(borrowed.connection(), call, progress, working);
            } catch (SQLException failed) {
                if (isOfNoMoreUse(failed)) {
                    borrowed.abandon();
                }
                throw failed;
            }
        } finally {
            inFlight.end();
        }
    }

    private Connection lent(Progress progress) throws SQLException {
        Connection connection = dataSource.getConnection();
        progress.isLent = true;
        return connection;
    }

    /** Waits for its turn before it borrows a connection, so that threads that need no turn find one in the pool. */
    private WriterTurn turn(boolean writes, Progress progress) throws SQLException {
        // A failure here does not mean that there is no connection.
        progress.isConnected = true;
        WriterTurn turn = dialect.turn(writes, queryTimeout);
        progress.isConnected = false;
        return turn;
    }

    private <T> T atOnce(Connection connection, Call<T> call, Progress progress, CallsInFlight.CallInFlight working)
            throws SQLException {
        progress.mayHaveCommitted = call.writes;
        return call.work.on(session(connection, call.limits.statement, working));
    }

    private <T> T inTransaction(
            DataSourceConnection borrowed, Call<T> call, Progress progress, CallsInFlight.CallInFlight working)
            throws SQLException {
        Connection connection = borrowed.connection();
        boolean isDone = false;
        Session session = session(connection, call.limits.statement, working);
        try {
            dialect.begin(session, end);
            T answer = call.work.on(session);
            progress.mayHaveCommitted = true;
            working.sends("COMMIT");
            if (session.hasAskedToCommit()) {
                // It is committed. The driver has to know it.
                connection.commit();
            } else {
                dialect.commit(connection, session.timeoutSeconds());
            }
            isDone = true;
            return answer;
        } finally {
            if (!isDone) {
                progress.mayHaveCommitted |= session.hasAskedToCommit();
                rollBack(borrowed);
            }
            if (!borrowed.isAbandoned()) {
                setBack(borrowed);
            }
        }
    }

    private void setBack(DataSourceConnection borrowed) {
        try {
            dialect.ended(borrowed.connection(), end, borrowed.commitsEach());
        } catch (Throwable lost) {
            // What the transaction has written is decided by now; the next user must not get its settings.
            borrowed.abandon();
        }
    }

    private void rollBack(DataSourceConnection borrowed) {
        try {
            dialect.rollBack(borrowed.connection());
        } catch (Throwable lost) {
            // The failure before the rollback says more than this one. If the connection still works, auto-commit
            // mode would commit.
            borrowed.abandon();
        }
    }

    public Session session(Connection connection) {
        return session(connection, queryTimeout, null);
    }

    private Session session(Connection connection, Duration timeout, CallsInFlight.@Nullable CallInFlight working) {
        return new Session(connection, dialect, Math.toIntExact(Math.max(1, timeout.toSeconds())), lockWait, working);
    }

    /** See {@link SqlDialect#isOfNoMoreUse}. */
    public boolean isOfNoMoreUse(SQLException failed) {
        return dialect.isOfNoMoreUse(failed);
    }

    private JobStoreException exception(String what, SQLException failed, boolean mayHaveCommitted) {
        JobStoreException.Kind kind = dialect.failureOf(failed).kind(mayHaveCommitted);
        String trouble = dialect.trouble(failed);
        String state = (trouble == null ? "" : trouble + ", ") + "SQLState " + failed.getSQLState() + ", vendor code "
                + failed.getErrorCode();
        String advice = switch (kind) {
            case TRANSIENT ->
                dialect.isMissingTable(failed)
                        ? "; a table or column is missing: has JdbcSchema.migrate been run?"
                        : "; nothing was changed, the same call may succeed later";
            case UNKNOWN_OUTCOME -> "; it may or may not have taken effect, and may safely be repeated";
            case PERMANENT -> "; nothing was changed, the same call will fail again";
        };
        return new JobStoreException(kind, "Could not " + what + ": " + state + advice, failed);
    }

    private JobStoreException unreachable(String what, SQLException failed) {
        String trouble = dialect.trouble(failed);
        return new JobStoreException(
                JobStoreException.Kind.TRANSIENT,
                "Could not " + what + ": "
                        + (isPoolExhausted(failed)
                                ? "the pool of the data source has no free connection"
                                : "no connection to the database ("
                                        + (trouble == null ? "" : trouble + ", ")
                                        + "SQLState "
                                        + failed.getSQLState()
                                        + ")")
                        + "; nothing was changed",
                failed);
    }

    /** As HikariCP says it: with the state and the exception of the driver if that has refused a connection, and else without. */
    private static boolean isPoolExhausted(SQLException failed) {
        return failed instanceof SQLTransientConnectionException
                && failed.getSQLState() == null
                && failed.getCause() == null;
    }

    /** One call of the store. */
    private record Call<T extends @Nullable Object>(
            String what, Session.Work<T> work, boolean inTransaction, boolean writes, Limits limits) {}

    /**
     * The time-outs of a call.
     *
     * @param onAnotherConnection whether to try once more if the connection is lost
     */
    private record Limits(Duration statement, Duration network, boolean onAnotherConnection) {}

    /** How far an attempt got, for the message about its failure. */
    private static final class Progress {
        private boolean isLent;
        private boolean isConnected;
        private boolean mayHaveCommitted;
    }
}
