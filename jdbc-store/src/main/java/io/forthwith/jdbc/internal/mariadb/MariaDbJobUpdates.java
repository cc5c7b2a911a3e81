package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.JobColumn;
import io.forthwith.jdbc.internal.rows.JobUpdates;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Updates many jobs with one statement: the server takes longer to read an update than to run it. Columns that become
 * the same in all rows are set once; the other values come from a table of values, which is joined with the rows by
 * their primary key.
 *
 * <p>The rows are found by the primary key in the order of the values, even if the table is small: to read the whole
 * table would mean to wait for rows that other transactions have locked.
 */
public final class MariaDbJobUpdates extends JobUpdates {
    private static final int MOST_ROWS = 250;
    /** Far less than the server accepts as one statement, with characters of any length. */
    private static final int MOST_TEXT = 50_000;

    /** Gives the values the types of the columns; otherwise the types would depend on driver and server. */
    private final String ofNone;

    private final String join;

    MariaDbJobUpdates(SqlDialect dialect) {
        super(dialect);
        this.ofNone = dialect.text(" FROM {job} WHERE FALSE");
        this.join = dialect.text(") v STRAIGHT_JOIN {job} j FORCE INDEX (PRIMARY) ON j.id = v.id SET ");
    }

    @Override
    public void update(Session session, List<Job> jobs, List<JobColumn<?>> columns) throws SQLException {
        List<Job> some = new ArrayList<>();
        int text = 0;
        for (Job job : jobs) {
            int more = columns.stream().mapToInt(column -> column.length(job)).sum();
            if (some.size() == MOST_ROWS || text + more > MOST_TEXT) {
                updateSome(session, some, columns);
                some.clear();
                text = 0;
            }
            some.add(job);
            text += more;
        }
        updateSome(session, some, columns);
    }

    private void updateSome(Session session, List<Job> jobs, List<JobColumn<?>> columns) throws SQLException {
        if (jobs.size() < 2) {
            super.update(session, jobs, columns);
            return;
        }
        List<JobColumn<?>> same = new ArrayList<>();
        List<JobColumn<?>> different = new ArrayList<>();
        for (JobColumn<?> column : columns) {
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

    private StatementText statement(int rows, List<JobColumn<?>> same, List<JobColumn<?>> different) {
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
        return StatementText.of("UPDATE (" + columns + ofNone + row.repeat(rows) + join + set.substring(2));
    }
}
