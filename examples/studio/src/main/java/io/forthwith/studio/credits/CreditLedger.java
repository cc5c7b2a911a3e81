package io.forthwith.studio.credits;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * The users' credits, in the same database as the jobs. Thread-safe.
 *
 * <p>Jobs run at least once, so charging and refunding may be repeated safely. There is one entry per job and claim, and
 * every change locks the account first:
 *
 * <ul>
 *   <li>charging again under the same claim changes nothing; after a worker died, the next claim takes over what the lost
 *       one has paid;
 *   <li>a refund gives back what the job has paid and not got back, so at most once; a later attempt pays anew;
 *   <li>a claim older than the newest one seen changes nothing: a worker that slept through its lease can neither charge
 *       for the job nor take back what its successor relies on.
 * </ul>
 */
public final class CreditLedger {
    private final DataSource dataSource;
    private final Texts texts;

    /** A ledger in this database; its tables are created by {@link #createTables}. */
    public CreditLedger(DataSource dataSource, Texts texts) {
        this.dataSource = dataSource;
        this.texts = texts;
    }

    /** Creates the tables that do not exist yet. */
    public void createTables() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS credit_account ("
                    + " user_id VARCHAR(255) PRIMARY KEY,"
                    + " opening INT NOT NULL,"
                    + " balance INT NOT NULL CHECK (balance >= 0))");
            statement.execute("CREATE TABLE IF NOT EXISTS credit_entry ("
                    + " job_id VARCHAR(36) NOT NULL,"
                    + " claim BIGINT NOT NULL,"
                    + " user_id VARCHAR(255) NOT NULL,"
                    + " charged INT NOT NULL,"
                    + " refunded INT NOT NULL,"
                    + " PRIMARY KEY (job_id, claim))");
        }
    }

    /** Opens an account, or opens it anew and forgets what happened to it before. */
    public void open(String userId, int credits) throws SQLException {
        inTransaction(connection -> {
            update(connection, "DELETE FROM credit_entry WHERE user_id = ?", userId);
            update(connection, "DELETE FROM credit_account WHERE user_id = ?", userId);
            update(connection, "INSERT INTO credit_account VALUES (?, ?, ?)", userId, credits, credits);
        });
    }

    /**
     * Checks that the user can pay what the job has not paid yet, without taking anything.
     *
     * @throws JobException the user's error {@code insufficient_credits}, if they cannot
     */
    public void require(Charge charge) throws SQLException {
        if (statement(charge.userId()).balance() < due(charge)) {
            throw insufficientCredits();
        }
    }

    /**
     * Takes the credits, unless the job has paid already.
     *
     * @throws JobException the user's error {@code insufficient_credits}; then nothing was taken
     */
    public void charge(Charge charge) throws SQLException {
        inTransaction(connection -> {
            lockAccount(connection, charge.userId());
            Entries entries = entries(connection, charge);
            if (entries.newestClaim() < charge.claim()) {
                int due = entries.due(charge);
                if (due > 0 && !take(connection, charge.userId(), due)) {
                    throw insufficientCredits();
                }
                addEntry(connection, charge, due);
            }
        });
    }

    /** Gives back what the job has paid. If it has paid nothing yet, a charge of the same claim can never arrive late. */
    public void refund(Charge charge) throws SQLException {
        inTransaction(connection -> {
            lockAccount(connection, charge.userId());
            Entries entries = entries(connection, charge);
            if (entries.newestClaim() > charge.claim()) {
                return;
            }
            if (entries.newestClaim() < charge.claim()) {
                addEntry(connection, charge, 0);
            }
            update(
                    connection,
                    "UPDATE credit_entry SET refunded = refunded + ? WHERE job_id = ? AND claim = ?",
                    entries.paid(),
                    charge.jobId().toString(),
                    charge.claim());
            update(
                    connection,
                    "UPDATE credit_account SET balance = balance + ? WHERE user_id = ?",
                    entries.paid(),
                    charge.userId());
        });
    }

    /** The account of a user; one who has none has nothing. */
    public AccountStatement statement(String userId) throws SQLException {
        return statements().stream()
                .filter(account -> account.userId().equals(userId))
                .findFirst()
                .orElse(new AccountStatement(userId, 0, 0, 0, 0));
    }

    /** All accounts. */
    public List<AccountStatement> statements() throws SQLException {
        String sql = "SELECT a.user_id, a.opening, COALESCE(SUM(e.charged), 0), COALESCE(SUM(e.refunded), 0), a.balance"
                + " FROM credit_account a LEFT JOIN credit_entry e ON e.user_id = a.user_id"
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

    private int due(Charge charge) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return entries(connection, charge).due(charge);
        }
    }

    private JobException insufficientCredits() {
        return JobException.user("insufficient_credits", texts.say("insufficient_credits"));
    }

    private static void lockAccount(Connection connection, String userId) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT user_id FROM credit_account WHERE user_id = ? FOR UPDATE")) {
            select.setString(1, userId);
            select.executeQuery().close();
        }
    }

    private static boolean take(Connection connection, String userId, int credits) throws SQLException {
        String sql = "UPDATE credit_account SET balance = balance - ? WHERE user_id = ? AND balance >= ?";
        return update(connection, sql, credits, userId, credits) == 1;
    }

    private static void addEntry(Connection connection, Charge charge, int charged) throws SQLException {
        update(
                connection,
                "INSERT INTO credit_entry VALUES (?, ?, ?, ?, 0)",
                charge.jobId().toString(),
                charge.claim(),
                charge.userId(),
                charged);
    }

    private static Entries entries(Connection connection, Charge charge) throws SQLException {
        String sql = "SELECT COALESCE(MAX(claim), 0), COALESCE(SUM(charged - refunded), 0) FROM credit_entry"
                + " WHERE job_id = ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, charge.jobId().toString());
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return new Entries(row.getLong(1), row.getInt(2));
            }
        }
    }

    private static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                update.setObject(i + 1, values[i]);
            }
            return update.executeUpdate();
        }
    }

    private void inTransaction(Change change) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                change.on(connection);
                connection.commit();
            } catch (Throwable failure) {
                connection.rollback();
                throw failure;
            }
        }
    }

    /** What a job has done to its user's account so far. */
    private record Entries(long newestClaim, int paid) {
        /** What is still to be paid; nothing if a worker died after it had taken the credits. */
        int due(Charge charge) {
            return Math.max(0, charge.credits() - paid);
        }
    }

    @FunctionalInterface
    private interface Change {
        void on(Connection connection) throws SQLException;
    }
}
