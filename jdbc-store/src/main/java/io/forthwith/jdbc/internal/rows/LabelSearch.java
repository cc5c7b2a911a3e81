package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.JobCount;
import io.forthwith.insight.JobPage;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the jobs of a label, and counts them, within a budget of entries: it walks down the index of labels, and looks at the jobs of a few entries at a time. So no
 * plan of the database can read other jobs. Immutable and thread-safe.
 */
final class LabelSearch {
    /** Of so few ids, a planner uses the primary key also if the table is small. */
    private static final int ENTRIES_AT_ONCE = 100;

    private static final int VERSION_THAT_GROWS = 7;

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobPages pages;
    private final StatementText enqueued;

    LabelSearch(SqlDialect dialect, JobRowReader rows, JobPages pages) {
        this.dialect = dialect;
        this.rows = rows;
        this.pages = pages;
        this.enqueued = dialect.sql("SELECT created_at FROM {job} WHERE id = ?");
    }

    /**
     * What a walk has found.
     *
     * @param end the last entry that it looked at; null if it came to the last of all
     */
    private record Walk<T>(List<T> rows, @Nullable UUID end) {}

    /** @param job null if it cannot be read */
    private record Found(@Nullable UUID id, @Nullable Job job) {}

    JobPage search(Session session, JobQuery query, int budget) throws SQLException {
        Walk<Found> walk = walk(
                session,
                query,
                budget,
                "SELECT " + JobRowReader.SLIM_COLUMNS + " FROM {job}",
                row -> new Found(dialect.readId(row, 1), rows.job(row)));
        List<Job> jobs =
                walk.rows.stream().map(Found::job).filter(Objects::nonNull).toList();
        boolean isFull = walk.rows.size() == query.limit();
        UUID end = isFull ? walk.rows.get(walk.rows.size() - 1).id() : walk.end;
        return end == null
                ? new JobPage(jobs, null, null)
                : new JobPage(jobs, query.before(end), isFull && jobs.isEmpty() ? null : enqueued(session, end));
    }

    private @Nullable Instant enqueued(Session session, UUID end) throws SQLException {
        return end.version() != VERSION_THAT_GROWS
                ? null
                : session.first(enqueued, binder -> binder.id(end), row -> dialect.time(row, 1))
                        .orElse(null);
    }

    /** Reads the first rows of a query without a budget, up to its limit. */
    <T> List<T> list(Session session, JobQuery query, String select, Session.Row<T> row) throws SQLException {
        return walk(session, query, Integer.MAX_VALUE, select, row).rows;
    }

    private <T> Walk<T> walk(Session session, JobQuery query, int budget, String select, Session.Row<T> row)
            throws SQLException {
        JobConditions rest = rest(query);
        StatementText statement = dialect.sql(select + " WHERE id {in}" + rest.and() + " ORDER BY id DESC LIMIT ?");
        List<T> found = new ArrayList<>();
        Entries entries = new Entries(query, query.before(), budget);
        while (found.size() < query.limit() && entries.hasNext()) {
            List<UUID> ids = entries.next(session);
            int left = query.limit() - found.size();
            if (!ids.isEmpty()) {
                found.addAll(session.query(
                        statement,
                        binder -> {
                            rest.bind(binder.ids(ids));
                            binder.number(left);
                        },
                        row));
            }
        }
        return new Walk<>(found, entries.end());
    }

    long count(Session session, JobQuery query) throws SQLException {
        return count(session, query, Long.MAX_VALUE, new Entries(query, null, Integer.MAX_VALUE));
    }

    JobCount countUpTo(Session session, JobQuery query, int most, int budget) throws SQLException {
        Entries entries = new Entries(query, null, budget);
        long count = count(session, query, most, entries);
        return count > most ? new JobCount(most, false) : new JobCount((int) count, entries.end() == null);
    }

    private long count(Session session, JobQuery query, long most, Entries entries) throws SQLException {
        JobConditions rest = rest(query);
        StatementText statement = dialect.sql("SELECT COUNT(*) FROM {job} WHERE id {in}" + rest.and());
        long count = 0;
        while (count <= most && entries.hasNext()) {
            List<UUID> ids = entries.next(session);
            if (!ids.isEmpty()) {
                count += session.first(statement, binder -> rest.bind(binder.ids(ids)), row -> row.getLong(1))
                        .orElse(0L);
            }
        }
        return count;
    }

    /** What the index of labels does not answer. */
    private static JobConditions rest(JobQuery query) {
        JobConditions rest = JobConditions.ofFewJobs(query);
        rest.addEqual("user_id", query.userId());
        rest.addEqual("parent_id", query.parentId());
        return rest;
    }

    /** The entries of a label in the index, from the highest id down. Not thread-safe. */
    private final class Entries {
        private final JobQuery.Label label;
        private @Nullable UUID last;
        private int left;
        private boolean isOver;

        Entries(JobQuery query, @Nullable UUID before, int budget) {
            this.label = Objects.requireNonNull(query.label());
            this.last = before;
            this.left = budget;
        }

        boolean hasNext() {
            return !isOver && left > 0;
        }

        /** The last one that was read; null if there are no more. */
        @Nullable
        UUID end() {
            return isOver ? null : last;
        }

        List<UUID> next(Session session) throws SQLException {
            // One more, so that a budget that is just enough is known to be.
            int most = Math.min(left, ENTRIES_AT_ONCE);
            JobConditions conditions = pages.ofLabel(label, last);
            List<UUID> ids = session.query(
                    dialect.sql("SELECT job_id FROM {job_label}" + conditions.where()
                            + " ORDER BY name DESC, label_value DESC, job_id DESC LIMIT ?"),
                    binder -> {
                        conditions.bind(binder);
                        binder.number(most + 1);
                    },
                    row -> dialect.readId(row, 1));
            isOver = ids.size() <= most;
            List<UUID> some = isOver ? ids : ids.subList(0, most);
            left -= some.size();
            last = some.isEmpty() ? last : some.get(some.size() - 1);
            return some;
        }
    }
}
