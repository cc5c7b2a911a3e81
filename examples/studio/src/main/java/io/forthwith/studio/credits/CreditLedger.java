package io.forthwith.studio.credits;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The credits of the users. Thread-safe, also between processes.
 *
 * <p>A process that charges or refunds can be killed before it gets the answer, and then the call is repeated. It can
 * also be paused, and make the call when it must not happen any more. So every charge has an idempotency key, which the
 * ledger remembers for ever:
 *
 * <ul>
 *   <li>charging does nothing if the key is known;
 *   <li>refunding gives back what was charged under the key, once;
 *   <li>refunding a key that was never charged forbids it: a charge that arrives after its refund does nothing.
 * </ul>
 *
 * <p>A key is a row of {@code credit_charge}. Every transaction that changes an account writes this row first. If two
 * transactions write the row of the same key, the second waits for the first.
 */
public final class CreditLedger {
    private static final String UNIQUE_VIOLATION = "23505";

    private final DataSource dataSource;
    private final Texts texts;
    private final Duration latency;

    /** A ledger in this database; {@link #createTables} creates its tables. */
    public CreditLedger(DataSource dataSource, Texts texts) {
        this(dataSource, texts, Duration.ZERO);
    }

    private CreditLedger(DataSource dataSource, Texts texts, Duration latency) {
        this.dataSource = dataSource;
        this.texts = texts;
        this.latency = latency;
    }

    /** A ledger with a latency for each charge and refund: one half before the call, the other half after it. */
    public CreditLedger latency(Duration thereAndBack) {
        return new CreditLedger(dataSource, texts, thereAndBack);
    }

    /** Creates the tables that do not exist yet. */
    public void createTables() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS credit_account ("
                    + " user_id VARCHAR(255) PRIMARY KEY,"
                    + " opening INT NOT NULL,"
                    + " balance INT NOT NULL CHECK (balance >= 0))");
            // A key that was refunded before it was charged has no user, no credits and no charged_at.
            statement.execute("CREATE TABLE IF NOT EXISTS credit_charge ("
                    + " charge_key VARCHAR(255) PRIMARY KEY,"
                    + " state VARCHAR(8) NOT NULL CHECK (state IN ('charged', 'refunded')),"
                    + " user_id VARCHAR(255),"
                    + " credits INT NOT NULL CHECK (credits >= 0),"
                    + " charged_at TIMESTAMP WITH TIME ZONE,"
                    + " refunded_at TIMESTAMP WITH TIME ZONE)");
        }
    }

    /** Opens an account; if it exists, all its charges and refunds are deleted. */
    public void open(String userId, int credits) throws SQLException {
        inTransaction(connection -> {
            update(connection, "DELETE FROM credit_charge WHERE user_id = ?", userId);
            update(connection, "DELETE FROM credit_account WHERE user_id = ?", userId);
            return update(connection, "INSERT INTO credit_account VALUES (?, ?, ?)", userId, credits, credits);
        });
    }

    /**
     * Checks that the user has this many credits, without charging.
     *
     * @throws JobException a user error with the code {@code insufficient_credits}, if the user has fewer
     */
    public void require(String userId, int credits) throws SQLException {
        if (statement(userId).balance() < credits) {
            throw insufficientCredits();
        }
    }

    /**
     * Charges credits, unless the key is known.
     *
     * @return what is charged under the key
     * @throws JobException a user error with the code {@code insufficient_credits}; then nothing was charged, and the
     *     key stays unknown
     */
    public Receipt charge(String userId, int credits, String key) throws SQLException, InterruptedException {
        travel();
        boolean isNew = inTransaction(connection -> {
            if (!add(connection, key, "charged", userId, credits)) {
                return false;
            }
            if (!take(connection, userId, credits)) {
                throw insufficientCredits();
            }
            return true;
        });
        Receipt receipt = new Receipt(key, isNew ? credits : standing(key));
        travel();
        return receipt;
    }

    /**
     * Refunds what was charged under the key, unless it was refunded before. A key that was never charged becomes
     * forbidden.
     */
    public void refund(String key) throws SQLException, InterruptedException {
        travel();
        boolean isNew = inTransaction(connection -> add(connection, key, "refunded", null, 0));
        if (!isNew) {
            inTransaction(connection -> giveBack(connection, key));
        }
        travel();
    }

    /** The account of a user; an empty one if there is none. */
    public AccountStatement statement(String userId) throws SQLException {
        return statements().stream()
                .filter(account -> account.userId().equals(userId))
                .findFirst()
                .orElse(new AccountStatement(userId, 0, 0, 0, 0));
    }

    /** All accounts. */
    public List<AccountStatement> statements() throws SQLException {
        String sql = "SELECT a.user_id, a.opening, COALESCE(SUM(c.credits), 0),"
                + " COALESCE(SUM(CASE c.state WHEN 'refunded' THEN c.credits END), 0), a.balance"
                + " FROM credit_account a LEFT JOIN credit_charge c ON c.user_id = a.user_id"
                + " GROUP BY a.user_id, a.opening, a.balance ORDER BY a.user_id";
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection.prepareStatement(sql);
                ResultSet rows = select.executeQuery()) {
            List<AccountStatement> accounts = new ArrayList<>();
            while (rows.next()) {
                accounts.add(new AccountStatement(
                        rows.getString(1), rows.getInt(2), rows.getInt(3), rows.getInt(4), rows.getInt(5)));
            }
            return accounts;
        }
    }

    private JobException insufficientCredits() {
        return JobException.user("insufficient_credits", texts.say("insufficient_credits"));
    }

    /**
     * Adds a key. If it is known, returns false and rolls back the transaction. If another transaction is adding the
     * same key, this waits until that one has ended.
     */
    private static boolean add(Connection connection, String key, String state, @Nullable String userId, int credits)
            throws SQLException {
        String sql = "INSERT INTO credit_charge (charge_key, state, user_id, credits, " + state + "_at)"
                + " VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)";
        try {
            return update(connection, sql, key, state, userId, credits) == 1;
        } catch (SQLException failed) {
            if (UNIQUE_VIOLATION.equals(failed.getSQLState())) {
                connection.rollback();
                return false;
            }
            throw failed;
        }
    }

    private static boolean take(Connection connection, String userId, int credits) throws SQLException {
        String sql = "UPDATE credit_account SET balance = balance - ? WHERE user_id = ? AND balance >= ?";
        return update(connection, sql, credits, userId, credits) == 1;
    }

    private static boolean giveBack(Connection connection, String key) throws SQLException {
        String refund = "UPDATE credit_charge SET state = 'refunded', refunded_at = CURRENT_TIMESTAMP"
                + " WHERE charge_key = ? AND state = 'charged'";
        String toTheUser = "UPDATE credit_account SET balance = balance"
                + " + (SELECT credits FROM credit_charge WHERE charge_key = ?)"
                + " WHERE user_id = (SELECT user_id FROM credit_charge WHERE charge_key = ?)";
        return update(connection, refund, key) == 1 && update(connection, toTheUser, key, key) == 1;
    }

    private int standing(String key) throws SQLException {
        String sql = "SELECT credits FROM credit_charge WHERE charge_key = ? AND state = 'charged'";
        try (Connection connection = dataSource.getConnection();
                PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getInt(1) : 0;
            }
        }
    }

    private static int update(Connection connection, String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                update.setObject(i + 1, values[i]);
            }
            return update.executeUpdate();
        }
    }

    private <T> T inTransaction(Change<T> change) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = change.on(connection);
                connection.commit();
                return result;
            } catch (Throwable failure) {
                connection.rollback();
                throw failure;
            }
        }
    }

    /**
     * One half of the latency. A caller that is interrupted in the second half does not know whether the call has
     * happened.
     */
    private void travel() throws InterruptedException {
        if (!latency.isZero()) {
            new CountDownLatch(1).await(latency.dividedBy(2).toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    @FunctionalInterface
    private interface Change<T> {
        T on(Connection connection) throws SQLException;
    }
}
