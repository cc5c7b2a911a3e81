package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The queues that have pending jobs. It skips from one to the next in the index of the pending jobs, by one statement each. Immutable and thread-safe. */
public final class PendingQueues {
    /** The most that are looked at. */
    public static final int MOST = 200;

    private final StatementText next;

    /** @param order the columns of the index of pending jobs, as far as the database needs them to read that index and not to sort */
    public PendingQueues(SqlDialect dialect, String order) {
        this.next = dialect.sql(
                "SELECT queue FROM {job} WHERE status = 'pending' AND queue {above} ORDER BY " + order + " LIMIT 1");
    }

    /** The first of them, in the order of the database. */
    public List<String> first(Session session) throws SQLException {
        List<String> found = new ArrayList<>();
        Optional<String> queue = after(session, "");
        while (queue.isPresent() && found.size() < MOST) {
            found.add(queue.get());
            queue = after(session, queue.get());
        }
        return found;
    }

    private Optional<String> after(Session session, String queue) throws SQLException {
        return session.first(next, binder -> binder.text(queue), row -> row.getString(1));
    }
}
