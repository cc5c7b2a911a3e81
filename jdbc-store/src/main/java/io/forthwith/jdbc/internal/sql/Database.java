package io.forthwith.jdbc.internal.sql;

import io.forthwith.JobStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Borrows connections, runs work on them in transactions, and turns failures into {@link JobStoreException}s.
 * Immutable and thread-safe.
 *
 * <p>Every transaction is READ COMMITTED. If the database rolls one back because of a conflict with another one, it
 * is repeated, up to {@value #REPEATS} times.
 */
public final class Database {
    private static final int REPEATS = 6;
    private static final Duration LONGEST_WAY = Duration.ofMillis(2);
    private static final Duration NETWORK_MARGIN = Duration.ofSeconds(5);

    private final DataSource dataSource;
    private final SqlDialect dialect;
    private final boolean startsReadCommitted;
    private final Duration queryTimeout;

    public Database(DataSource dataSource, SqlDialect dialect, boolean startsReadCommitted, Duration queryTimeout) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.startsReadCommitted = startsReadCommitted;
        this.queryTimeout = queryTimeout;
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
        return new Database(dataSource, dialect, startsReadCommitted, timeout);
    }

    /** Runs statements that change nothing. */
    public <T> T read(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, false, false));
    }

    /** Runs one statement that is atomic by itself, without the extra round trips of a transaction. */
    public <T> T once(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, !startsReadCommitted, true));
    }

    /** Runs statements in one transaction. */
    public <T> T transaction(String what, Session.Work<T> work) {
        return repeating(new Call<>(what, work, true, true));
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
    public BorrowedConnection lend() throws SQLException {
        WriterTurn turn = dialect.turn(true, queryTimeout);
        boolean isLent = false;
        try {
            BorrowedConnection borrowed = BorrowedConnection.of(dataSource, dialect, false, networkTimeout())
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
    public BorrowedConnection lendAtOnce(Duration networkTimeout) throws SQLException {
        return BorrowedConnection.of(dataSource, dialect, true, networkTimeout);
    }

    /** The network time-out. It is longer than that of statements, so that the server gives up first: its answer is definite. */
    public Duration networkTimeout() {
        return queryTimeout.plus(NETWORK_MARGIN);
    }

    private <T> T repeating(Call<T> call) {
        List<SQLException> earlier = new ArrayList<>();
        while (true) {
            Progress progress = new Progress();
            try {
                return attempt(call, progress);
            } catch (SQLException failed) {
                if (!dialect.failureOf(failed).isWorthRepeating() || earlier.size() == REPEATS) {
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

    /**
     * Waits a random moment without a connection: two transactions that were in conflict would be in conflict again
     * if both came back at once.
     */
    private static void giveWay(int times) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_WAY.toNanos() << times));
    }

    private <T> T attempt(Call<T> call, Progress progress) throws SQLException {
        try (WriterTurn turn = turn(call.writes, progress);
                BorrowedConnection borrowed = BorrowedConnection.of(
                                dataSource, dialect, !call.inTransaction, networkTimeout())
                        .until(turn)) {
            progress.isConnected = true;
            try {
                return call.inTransaction
                        ? inTransaction(borrowed, call.work, progress)
                        : atOnce(borrowed.connection(), call, progress);
            } catch (SQLException failed) {
                if (isOfNoMoreUse(failed)) {
                    borrowed.abandon();
                }
                throw failed;
            }
        }
    }

    /** Waits for its turn before it borrows a connection, so that threads that need no turn find one in the pool. */
    private WriterTurn turn(boolean writes, Progress progress) throws SQLException {
        // A failure here does not mean that there is no connection.
        progress.isConnected = true;
        WriterTurn turn = dialect.turn(writes, queryTimeout);
        progress.isConnected = false;
        return turn;
    }

    private <T> T atOnce(Connection connection, Call<T> call, Progress progress) throws SQLException {
        progress.mayHaveCommitted = call.writes;
        return call.work.on(session(connection));
    }

    private <T> T inTransaction(BorrowedConnection borrowed, Session.Work<T> work, Progress progress)
            throws SQLException {
        Connection connection = borrowed.connection();
        boolean isDone = false;
        try {
            Session session = session(connection);
            dialect.begin(session);
            T answer = work.on(session);
            progress.mayHaveCommitted = true;
            dialect.commit(connection);
            isDone = true;
            return answer;
        } finally {
            if (!isDone) {
                rollBack(borrowed);
            }
        }
    }

    private void rollBack(BorrowedConnection borrowed) {
        try {
            dialect.rollBack(borrowed.connection());
        } catch (SQLException lost) {
            // The failure before the rollback says more than this one. If the connection still works, auto-commit
            // mode would commit.
            borrowed.abandon();
        }
    }

    public Session session(Connection connection) {
        return new Session(connection, dialect, Math.toIntExact(Math.max(1, queryTimeout.toSeconds())));
    }

    /** See {@link SqlDialect#isOfNoMoreUse}. */
    public boolean isOfNoMoreUse(SQLException failed) {
        return dialect.isOfNoMoreUse(failed);
    }

    private JobStoreException exception(String what, SQLException failed, boolean mayHaveCommitted) {
        JobStoreException.Kind kind = dialect.failureOf(failed).kind(mayHaveCommitted);
        String state = "SQLState " + failed.getSQLState() + ", vendor code " + failed.getErrorCode();
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

    private static JobStoreException unreachable(String what, SQLException failed) {
        return new JobStoreException(
                JobStoreException.Kind.TRANSIENT,
                "Could not " + what + ": no connection to the database (SQLState " + failed.getSQLState()
                        + "); nothing was changed",
                failed);
    }

    /** One call of the store. */
    private record Call<T extends @Nullable Object>(
            String what, Session.Work<T> work, boolean inTransaction, boolean writes) {}

    /** How far an attempt got, for the message about its failure. */
    private static final class Progress {
        private boolean isConnected;
        private boolean mayHaveCommitted;
    }
}
