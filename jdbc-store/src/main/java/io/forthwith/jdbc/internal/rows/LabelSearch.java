package io.forthwith.jdbc.internal.rows;

import io.forthwith.JobQuery;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.ResultSet;
import java.sql.SQLException;
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
    /** Most searches find what they want among so few. */
    private static final int FIRST_ENTRIES = 100;
    /** Those that go on look at more and more at a time. */
    private static final int MOST_ENTRIES = 1_000;

    private static final String DOWN = " ORDER BY name DESC, label_value DESC, job_id DESC";

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

    JobPage search(Session session, JobQuery query, int budget) throws SQLException {
        Walk<FoundJob> walk = pages.keepsToEntries()
                ? walkAtOnce(session, query, budget)
                : walk(session, query, budget, "SELECT " + JobRowReader.SLIM_COLUMNS + " FROM {job}", this::found);
        // The last job of a full page says itself when it was enqueued.
        return FoundJob.page(
                query,
                walk.rows,
                walk.end == null || walk.rows.size() == query.atMost() ? null : end(session, walk.end));
    }

    private FoundJob.End end(Session session, UUID id) throws SQLException {
        return new FoundJob.End(
                id,
                FoundJob.grows(id)
                        ? session.first(enqueued, binder -> binder.id(id), row -> dialect.time(row, 1))
                                .orElse(null)
                        : null);
    }

    private FoundJob found(ResultSet row) throws SQLException {
        return new FoundJob(dialect.readId(row, 1), rows.job(row));
    }

    /**
     * By one statement, whose inner one the planner leaves as it is: one look at a job for each entry, in the order of the entries, up to the last job of the page.
     */
    private Walk<FoundJob> walkAtOnce(Session session, JobQuery query, int budget) throws SQLException {
        JobConditions entries = pages.ofLabel(
                Objects.requireNonNull(query.label()), query.before() == null ? null : IdPlace.of(query.before()));
        JobConditions rest = rest(query);
        String some = " FROM (SELECT name, label_value, job_id FROM {job_label}" + entries.where() + DOWN + " LIMIT ?";
        List<FoundJob> found = session.query(
                dialect.sql("SELECT read_ones.*" + some + ") AS entries CROSS JOIN LATERAL (SELECT "
                        + JobRowReader.SLIM_COLUMNS + " FROM {job} WHERE id = job_id" + rest.and()
                        + " OFFSET 0) AS read_ones" + DOWN + " LIMIT ?"),
                binder -> {
                    entries.bind(binder);
                    binder.number(budget);
                    rest.bind(binder);
                    binder.number(query.atMost());
                },
                this::found);
        return new Walk<>(found, found.size() == query.atMost() ? null : end(session, entries, some, budget));
    }

    /** The last entry of a budget, if there is one more. */
    private @Nullable UUID end(Session session, JobConditions entries, String some, int budget) throws SQLException {
        List<UUID> ids = session.query(
                dialect.sql("SELECT job_id" + some + " OFFSET ?) AS entries"),
                binder -> {
                    entries.bind(binder);
                    binder.number(2);
                    binder.number(budget - 1);
                },
                row -> dialect.readId(row, 1));
        return ids.size() == 2 ? ids.get(0) : null;
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
        while (found.size() < query.atMost() && entries.hasNext()) {
            List<UUID> ids = entries.next(session);
            int left = query.atMost() - found.size();
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

    BoundedCount countUpTo(Session session, JobQuery query, int atMost, int budget) throws SQLException {
        if (pages.keepsToEntries()) {
            return countAtOnce(session, query, atMost, budget);
        }
        Entries entries = new Entries(query, null, budget);
        long count = count(session, query, atMost, entries);
        return count > atMost ? new BoundedCount(atMost, false) : new BoundedCount((int) count, entries.end() == null);
    }

    /** By one statement, whose inner one the planner leaves as it is: one look at a job for each entry. */
    private BoundedCount countAtOnce(Session session, JobQuery query, int most, int budget) throws SQLException {
        JobConditions entries = pages.ofLabel(Objects.requireNonNull(query.label()), null);
        JobConditions rest = rest(query);
        return session.first(
                        dialect.sql(
                                "SELECT COUNT(*), COUNT(*) FILTER (WHERE EXISTS (SELECT 1 FROM {job} WHERE id = job_id"
                                        + rest.and()
                                        + " OFFSET 0)) FROM (SELECT job_id FROM {job_label}" + entries.where()
                                        + DOWN + " LIMIT ?) AS entries"),
                        binder -> {
                            rest.bind(binder);
                            entries.bind(binder);
                            binder.number(budget + 1L);
                        },
                        row -> row.getLong(2) > most
                                ? new BoundedCount(most, false)
                                : new BoundedCount(row.getInt(2), row.getLong(1) <= budget))
                .orElseThrow();
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

    /**
     * The entries of a label in the index, from the highest id down. One whose id is not usable is left out, and costs nothing of the budget: a page can end only at a usable one. Not
     * thread-safe.
     */
    private final class Entries {
        private final JobQuery.Label label;
        private @Nullable IdPlace place;
        private @Nullable UUID last;
        private int left;
        private int atOnce = Math.min(FIRST_ENTRIES, dialect.mostIds());
        private boolean isOver;

        Entries(JobQuery query, @Nullable UUID before, int budget) {
            this.label = Objects.requireNonNull(query.label());
            this.place = before == null ? null : IdPlace.of(before);
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
            int most = Math.min(left, atOnce);
            atOnce = Math.min(2 * atOnce, Math.min(MOST_ENTRIES, dialect.mostIds()));
            JobConditions conditions = pages.ofLabel(label, place);
            List<IdPlace> entries = session.query(
                    dialect.sql("SELECT job_id FROM {job_label}" + conditions.where() + DOWN + " LIMIT ?"),
                    binder -> {
                        conditions.bind(binder);
                        binder.number(most + 1);
                    },
                    row -> IdPlace.read(dialect, row, 1));
            isOver = entries.size() <= most;
            List<IdPlace> some = isOver ? entries : entries.subList(0, most);
            List<UUID> ids =
                    some.stream().map(IdPlace::id).filter(Objects::nonNull).toList();
            place = some.isEmpty() ? place : some.get(some.size() - 1);
            last = ids.isEmpty() ? last : ids.get(ids.size() - 1);
            left -= ids.size();
            return ids;
        }
    }
}
