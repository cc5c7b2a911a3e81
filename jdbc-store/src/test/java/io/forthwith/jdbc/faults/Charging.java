package io.forthwith.jdbc.faults;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.Step;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * Charges for an order by a durable step, in a ledger that knows each key once: whatever was refunded, or is refunded before it
 * was charged, is never charged. Tells of each moment at which a process may die.
 */
final class Charging extends BaseProcessor<Charging.Order, String> {
    static final JobType<Order> TYPE = JobType.of("order", Order.class);

    static final String BEFORE_EFFECT = "before effect";
    static final String AFTER_EFFECT = "after effect";
    static final String BEFORE_UNDO_EFFECT = "before undo effect";
    static final String AFTER_UNDO_EFFECT = "after undo effect";

    private final Step<String> charge = step("charge", String.class).undo((receipt, key) -> refund(key));
    private final DataSource database;
    private final Moments moments;

    /** What to do with an order once it is charged for. */
    record Order(boolean fails) {}

    /** Told of a moment in the life of a job. */
    @FunctionalInterface
    interface Moments {
        void at(String moment);
    }

    Charging(DataSource database, Moments moments) {
        super(TYPE);
        this.database = database;
        this.moments = moments;
    }

    static void createLedger(DataSource database) {
        io.forthwith.jdbc.Sql.run(database, "CREATE TABLE ledger (key text PRIMARY KEY, state text NOT NULL)");
    }

    @Override
    protected String process(Order order, JobContext job) throws Exception {
        String receipt = job.run(charge, key -> {
            moments.at(BEFORE_EFFECT);
            write(key, "INSERT INTO ledger VALUES (?, 'charged') ON CONFLICT DO NOTHING");
            moments.at(AFTER_EFFECT);
            return "receipt for " + key;
        });
        if (order.fails()) {
            throw JobException.permanent("The shot cannot be rendered");
        }
        return receipt;
    }

    private void refund(String key) throws SQLException {
        moments.at(BEFORE_UNDO_EFFECT);
        write(key, "INSERT INTO ledger VALUES (?, 'refunded') ON CONFLICT (key) DO UPDATE SET state = 'refunded'");
        moments.at(AFTER_UNDO_EFFECT);
    }

    private void write(String key, String statement) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement write = connection.prepareStatement(statement)) {
            write.setString(1, key);
            write.executeUpdate();
        }
    }
}
