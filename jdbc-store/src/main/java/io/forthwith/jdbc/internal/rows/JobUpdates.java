package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Updates jobs whose rows are locked. Only columns that have changed are written, and jobs that change alike, as most of a claim do, are written
 * by one statement. Thread-safe.
 */
public class JobUpdates {
    /** Of the columns that change together there are few different lists. */
    private static final int MOST_REMEMBERED = 500;

    private final SqlDialect dialect;
    private final Map<List<JobColumn<?>>, StatementText> ofOne = new ConcurrentHashMap<>();
    private final Map<List<JobColumn<?>>, StatementText> ofAlike = new ConcurrentHashMap<>();

    public JobUpdates(SqlDialect dialect) {
        this.dialect = dialect;
    }

    /**
     * A job that is to be written.
     *
     * @param before what the row holds, as it is read: a value without a meaning stays; null if that is not known for all columns
     * @param after what it is to hold
     */
    public record Change(@Nullable Job before, Job after) {
        List<JobColumn<?>> columns() {
            return JobColumn.ALL.stream().filter(this::isToWrite).toList();
        }

        private boolean isToWrite(JobColumn<?> column) {
            // A result that was not read is left as it is, and so are limits that cannot be read.
            return before == null ? !column.isUnread(after) : !column.isSame(before, after);
        }
    }

    /** Writes them. */
    public final void update(Session session, Collection<Change> changes) throws SQLException {
        Map<List<JobColumn<?>>, List<Job>> byColumns = new LinkedHashMap<>();
        for (Change change : changes) {
            List<JobColumn<?>> columns = change.columns();
            if (!columns.isEmpty()) {
                byColumns.computeIfAbsent(columns, none -> new ArrayList<>()).add(change.after());
            }
        }
        for (Map.Entry<List<JobColumn<?>>, List<Job>> each : byColumns.entrySet()) {
            update(session, each.getValue(), each.getKey());
        }
    }

    /** Writes these columns of these jobs, all of them. */
    public void update(Session session, List<Job> jobs, List<JobColumn<?>> columns) throws SQLException {
        List<Job> single = new ArrayList<>();
        for (List<Job> alike : alike(jobs, columns)) {
            if (alike.size() == 1) {
                single.add(alike.get(0));
            } else {
                session.updateByIds(
                        statement(ofAlike, columns, "id {in}"),
                        binder -> {
                            for (JobColumn<?> column : columns) {
                                column.bind(binder, alike.get(0));
                            }
                        },
                        alike.stream().map(Job::id).toList());
            }
        }
        session.batch(statement(ofOne, columns, "id = ?"), single, (binder, job) -> {
            for (JobColumn<?> column : columns) {
                column.bind(binder, job);
            }
            binder.id(job.id());
        });
    }

    /** The jobs with the same values in these columns. */
    private static Collection<List<Job>> alike(List<Job> jobs, List<JobColumn<?>> columns) {
        Map<List<@Nullable Object>, List<Job>> byValues = new LinkedHashMap<>();
        for (Job job : jobs) {
            List<@Nullable Object> values = new ArrayList<>(columns.size());
            columns.forEach(column -> values.add(column.value(job)));
            byValues.computeIfAbsent(values, none -> new ArrayList<>()).add(job);
        }
        return byValues.values();
    }

    private StatementText statement(
            Map<List<JobColumn<?>>, StatementText> known, List<JobColumn<?>> columns, String which) {
        StatementText statement = known.get(columns);
        if (statement == null) {
            statement = dialect.sql(columns.stream()
                    .map(column -> column.name() + " = " + column.placeholder())
                    .collect(Collectors.joining(", ", "UPDATE {job} SET ", " WHERE " + which)));
            if (known.size() < MOST_REMEMBERED) {
                known.put(columns, statement);
            }
        }
        return Objects.requireNonNull(statement);
    }
}
