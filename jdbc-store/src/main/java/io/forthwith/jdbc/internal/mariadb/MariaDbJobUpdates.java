package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.JobColumn;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Many jobs by one statement: a server takes longer to read an update of a row than to do it. What becomes the same of all of them is said
 * once; what differs comes from a table of values, which is joined with the rows by their primary key.
 *
 * <p>The rows come in the order of the values, and are found by the primary key however few the table has: to read it as a whole would be to
 * wait for rows that others have locked.
 */
public final class MariaDbJobUpdates extends JobUpdates {
    private static final int MOST_ROWS = 250;
    /** With all that is around it far less than the server takes as one statement, whatever the characters. */
    private static final int MOST_TEXT = 50_000;

    /** Gives the values the types of the columns: those of parameters depend on driver and server. */
    private final String ofNone;

    private final String join;

    MariaDbJobUpdates(SqlDialect dialect) {
        super(dialect);
        this.ofNone = dialect.text(" FROM {job} WHERE FALSE");
        this.join = dialect.text(") v STRAIGHT_JOIN {job} j FORCE INDEX (PRIMARY) ON j.id = v.id SET ");
    }

    @Override
    public void update(Session session, Collection<Job> jobs) throws SQLException {
        List<Job> some = new ArrayList<>();
        int text = 0;
        for (Job job : jobs) {
            int more = JobColumn.ALL.stream()
                    .mapToInt(column -> column.length(job))
                    .sum();
            if (some.size() == MOST_ROWS || text + more > MOST_TEXT) {
                updateSome(session, some);
                some.clear();
                text = 0;
            }
            some.add(job);
            text += more;
        }
        updateSome(session, some);
    }

    private void updateSome(Session session, List<Job> jobs) throws SQLException {
        if (jobs.size() < 2) {
            super.update(session, jobs);
            return;
        }
        List<JobColumn<?>> same = new ArrayList<>();
        List<JobColumn<?>> different = new ArrayList<>();
        for (JobColumn<?> column : JobColumn.ALL) {
            boolean isSame = jobs.stream().allMatch(job -> column.isSame(jobs.get(0), job));
            (isSame ? same : different).add(column);
        }
        session.update(statement(jobs.size(), same, different), binder -> {
            for (Job job : jobs) {
                binder.id(job.id());
                for (JobColumn<?> column : different) {
                    column.bind(binder, job);
                }
            }
            for (JobColumn<?> column : same) {
                column.bind(binder, jobs.get(0));
            }
        });
    }

    private SqlStatement statement(int rows, List<JobColumn<?>> same, List<JobColumn<?>> different) {
        StringBuilder columns = new StringBuilder("SELECT id");
        StringBuilder set = new StringBuilder();
        for (JobColumn<?> column : different) {
            columns.append(", ").append(column.name());
            set.append(", j.").append(column.name()).append(" = v.").append(column.name());
        }
        for (JobColumn<?> column : same) {
            set.append(", j.").append(column.name()).append(" = ?");
        }
        String row = " UNION ALL SELECT ?" + ", ?".repeat(different.size());
        return SqlStatement.of("UPDATE (" + columns + ofNone + row.repeat(rows) + join + set.substring(2));
    }
}
