package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ReadModelFactory;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks for jobs, and counts them, within a budget of rows. It walks down an index, and ends after as many entries as the budget pays for.
 * Few jobs of a parent, and of a unique key or a status that an index finds in another order, are read as a whole instead. Immutable and thread-safe.
 */
final class JobSearch {
    /** How many jobs of one parent, unique key or status are read as a whole and sorted. */
    private static final int FEW = 5_000;

    private static final String KEY = JobConditions.KEY;

    /** What the conditions of a query ask. */
    private static final String ASKED =
            "id, parent_id, user_id, status, type, project_id, queue, error_code, undoes, created_at, unique_key, start_key,"
                    + " period_key, worker_id, limits, completed_at";

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobPages pages;
    private final LabelSearch labels;

    JobSearch(SqlDialect dialect, JobRowReader rows, JobPages pages, LabelSearch labels) {
        this.dialect = dialect;
        this.rows = rows;
        this.pages = pages;
        this.labels = labels;
    }

    JobPage search(Session session, JobQuery query, int budget) throws SQLException {
        if (query.label() != null) {
            return labels.search(session, query, budget);
        }
        Optional<JobPage> few = walksFailed(query) ? Optional.empty() : amongFew(session, query);
        if (few.isPresent()) {
            return few.get();
        }
        List<Job> all = new ArrayList<>();
        for (IdZone zone : IdZone.of(query, pages)) {
            if (!zone.isPassed(query.before())) {
                // A page that is full has a next one.
                JobPage page = walk(session, query.atMost(query.atMost() - all.size()), zone, budget);
                all.addAll(page.jobs());
                if (page.next() != null) {
                    return ReadModelFactory.jobPage(
                            all, page.next().atMost(query.atMost()), zone.isOfOthers() ? null : page.searchedBackTo());
                }
            }
        }
        return ReadModelFactory.jobPage(all, null, null);
    }

    private JobPage walk(Session session, JobQuery query, IdZone zone, int budget) throws SQLException {
        FoundJob.End end = end(session, query, zone, budget);
        Rows walked = rows(query, zone, end, "id >= ?", JobRowReader.SLIM_COLUMNS, budget);
        List<FoundJob> found = session.query(
                dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM (" + walked.text + ") AS looked_at" + " ORDER BY "
                        + pages.order(ofIndex(query, zone)) + " LIMIT ?"),
                binder -> {
                    walked.params.bind(binder);
                    binder.number(query.atMost());
                },
                this::found);
        return FoundJob.page(query, found, end);
    }

    /** The rows of a walk that meet the conditions of a query. */
    private record Rows(String text, Binder.Params params) {}

    private Rows rows(
            JobQuery query, IdZone zone, FoundJob.@Nullable End end, String toEnd, String columns, int budget) {
        JobConditions all = pages.conditions(atAnyTime(query));
        JobConditions walk = pages.walksApart() ? pages.conditions(ofIndex(query, zone)) : all;
        zone.addTo(walk, pages);
        if (end != null) {
            walk.add(toEnd, binder -> binder.id(end.id()));
        }
        if (!pages.walksApart()) {
            walk.addTimesWithoutIndex(query);
            return new Rows("SELECT " + columns + " FROM {job}" + walk.where(), walk::bind);
        }
        JobConditions rest = JobConditions.ofJobs(query);
        rest.addEqual("parent_id", query.parentId());
        // Twice the budget, because some may have come since its end was found.
        return new Rows(
                "SELECT * FROM (SELECT " + columns + " FROM {job}" + walk.where() + " ORDER BY "
                        + pages.order(ofIndex(query, zone)) + " LIMIT ?) AS walked" + rest.where(),
                binder -> {
                    walk.bind(binder);
                    binder.number(2L * budget);
                    rest.bind(binder);
                });
    }

    private static JobQuery atAnyTime(JobQuery query) {
        return changed(query, query.statuses(), query.queue(), new Times(null, null, null, null), query.before());
    }

    private static JobQuery withoutPage(JobQuery query) {
        return changed(query, query.statuses(), query.queue(), Times.of(query), null);
    }

    /** The spans in which jobs were enqueued and ended. */
    private record Times(
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable Instant endedSince,
            @Nullable Instant endedUntil) {
        static Times of(JobQuery query) {
            return new Times(query.since(), query.until(), query.endedSince(), query.endedUntil());
        }

        Times withoutSince() {
            return new Times(null, until, endedSince, endedUntil);
        }
    }

    private static JobQuery changed(
            JobQuery query, Set<JobStatus> statuses, @Nullable String queue, Times times, @Nullable UUID before) {
        return new JobQuery(
                LibraryOnly.KEY,
                statuses,
                query.type(),
                query.userId(),
                query.projectId(),
                queue,
                query.parentId(),
                query.errorCode(),
                query.uniqueKey(),
                query.label(),
                query.limitKey(),
                query.workerId(),
                query.onlyUndos(),
                times.since,
                times.until,
                times.endedSince,
                times.endedUntil,
                before,
                query.atMost());
    }

    /** The job at this place of a walk, counted from 1; null if there are fewer. An offset reads as many entries of the index, and no more. */
    private FoundJob.@Nullable End end(Session session, JobQuery query, IdZone zone, long place) throws SQLException {
        JobConditions conditions = pages.conditions(ofIndex(query, zone));
        zone.addTo(conditions, pages);
        return session.first(
                        dialect.sql(
                                "SELECT id, created_at FROM {job} WHERE id = (SELECT id FROM {job}" + conditions.where()
                                        + " ORDER BY " + pages.order(ofIndex(query, zone)) + " LIMIT 1 OFFSET ?)"),
                        binder -> {
                            conditions.bind(binder);
                            binder.number(place - 1);
                        },
                        row -> new FoundJob.End(Objects.requireNonNull(dialect.readId(row, 1)), dialect.time(row, 2)))
                .orElse(null);
    }

    /** What the index knows of a query. */
    private JobQuery ofIndex(JobQuery query, IdZone zone) {
        JobQuery walked =
                query.before() == null ? JobQuery.all() : JobQuery.all().before(query.before());
        if (query.userId() != null) {
            return walked.user(query.userId());
        }
        // Below the floor there are as many failed jobs as are kept, and few with other ids, which have an index of
        // their own.
        return walksFailed(query) && !zone.isOfOthers() ? walked.status(JobStatus.FAILED) : walked;
    }

    private boolean walksFailed(JobQuery query) {
        return pages.walksFailed()
                && query.userId() == null
                && query.parentId() == null
                && query.uniqueKey() == null
                && query.statuses().equals(Set.of(JobStatus.FAILED));
    }

    private FoundJob found(ResultSet row) throws SQLException {
        return new FoundJob(dialect.readId(row, 1), rows.job(row));
    }

    /**
     * All that a query selects, if an index finds few jobs, among which they are: those of a parent, of a unique key, or of a status. Empty if they are not few.
     */
    private Optional<JobPage> amongFew(Session session, JobQuery query) throws SQLException {
        Optional<Indexed> index = indexed(query);
        if (index.isEmpty() || countOf(session, index.get()) > FEW) {
            return Optional.empty();
        }
        Indexed few = index.get();
        JobConditions conditions = JobConditions.ofJobs(query);
        conditions.addEqual("user_id", query.userId());
        JobPages.addBefore(conditions, query);
        String columns = JobRowReader.SLIM_COLUMNS;
        // Counted again by the same statement, because more may have come.
        StatementText statement = dialect.sql(
                "SELECT " + JobRowReader.COLUMNS + ", total FROM (SELECT COUNT(*) AS total FROM (SELECT 1 AS one"
                        + few.from + ") AS counted) AS few LEFT JOIN (SELECT * FROM (SELECT " + columns + few.from
                        + ") AS read_ones"
                        + conditions.where() + " ORDER BY id DESC LIMIT ?) AS found ON 1 = 1 ORDER BY id DESC");
        List<FoundJob> found = new ArrayList<>();
        List<Long> totals = session.query(
                statement,
                binder -> {
                    few.params.bind(binder);
                    binder.number(FEW + 1);
                    few.params.bind(binder);
                    binder.number(FEW + 1);
                    conditions.bind(binder);
                    binder.number(query.atMost());
                },
                row -> {
                    if (row.getString(1) != null) {
                        found.add(found(row));
                    }
                    return row.getLong(JobRowReader.COUNT + 1);
                });
        return totals.get(0) > FEW ? Optional.empty() : Optional.of(FoundJob.page(query, found, null));
    }

    /**
     * Jobs that an index finds.
     *
     * @param from the rest of a statement that reads them, with a limit as its last parameter
     * @param rest what the index does not answer
     */
    private record Indexed(String from, Binder.Params params, JobQuery rest) {}

    private Optional<Indexed> indexed(JobQuery query) {
        if (query.parentId() != null) {
            return Optional.of(new Indexed(
                    " FROM {job} WHERE parent_id = ? ORDER BY parent_id, position LIMIT ?",
                    binder -> binder.id(query.parentId()),
                    query));
        }
        if (query.uniqueKey() != null && pages.findsKeys()) {
            return Optional.of(new Indexed(
                    " FROM {job} WHERE " + KEY + " >= ? AND " + KEY + " <= ? ORDER BY " + KEY + " LIMIT ?",
                    binder -> binder.text(query.uniqueKey()).text(query.uniqueKey()),
                    query));
        }
        if (query.statuses().size() != 1 || query.userId() != null) {
            return Optional.empty();
        }
        JobStatus status = query.statuses().iterator().next();
        if (pages.orderOf(status) == null) {
            return Optional.empty();
        }
        boolean withQueue = pages.answersQueue(status);
        boolean withSince = pages.answersSince(status);
        JobConditions conditions = JobConditions.ofJobs(changed(
                JobQuery.all(),
                query.statuses(),
                withQueue ? query.queue() : null,
                new Times(withSince ? query.since() : null, null, null, null),
                null));
        JobQuery rest = changed(
                query,
                Set.of(),
                withQueue ? null : query.queue(),
                withSince ? Times.of(query).withoutSince() : Times.of(query),
                query.before());
        return Optional.of(new Indexed(
                " FROM {job}" + conditions.where() + pages.orderOf(status) + " LIMIT ?", conditions::bind, rest));
    }

    private long countOf(Session session, Indexed few) throws SQLException {
        return session.first(
                        dialect.sql("SELECT COUNT(*) FROM (SELECT 1 AS one" + few.from + ") AS looked_at"),
                        binder -> {
                            few.params.bind(binder);
                            binder.number(FEW + 1);
                        },
                        row -> row.getLong(1))
                .orElseThrow();
    }

    BoundedCount countUpTo(Session session, JobQuery query, int atMost, int budget) throws SQLException {
        if (query.label() != null) {
            return labels.countUpTo(session, query, atMost, budget);
        }
        Optional<Indexed> index = indexed(query);
        if (index.isPresent()) {
            return countIndexed(session, index.get(), atMost, budget);
        }
        int jobs = 0;
        boolean isExact = true;
        for (IdZone zone : IdZone.of(query, pages)) {
            if (isExact && jobs <= atMost) {
                BoundedCount some = countWalked(session, query, zone, atMost, budget);
                jobs += some.jobs();
                isExact = some.isExact();
            }
        }
        return jobs > atMost ? new BoundedCount(atMost, false) : new BoundedCount(jobs, isExact);
    }

    private BoundedCount countWalked(Session session, JobQuery query, IdZone zone, int most, int budget)
            throws SQLException {
        JobQuery all = withoutPage(query);
        if (JobConditions.ofJobs(all).where().isEmpty()) {
            JobConditions walk = pages.all(ofIndex(all, zone));
            zone.addTo(walk, pages);
            String from = " FROM {job}" + walk.where() + " ORDER BY " + pages.order(ofIndex(all, zone)) + " LIMIT ?";
            return upTo(session, from, walk::bind, most);
        }
        FoundJob.End end = end(session, all, zone, budget + 1L);
        Rows walked = rows(all, zone, end, "id > ?", ASKED, budget);
        BoundedCount counted = upTo(session, " FROM (" + walked.text + ") AS walked LIMIT ?", walked.params, most);
        return end == null ? counted : new BoundedCount(counted.jobs(), false);
    }

    private BoundedCount countIndexed(Session session, Indexed index, int most, int budget) throws SQLException {
        JobConditions rest = JobConditions.ofJobs(index.rest);
        rest.addEqual("user_id", index.rest.userId());
        if (rest.where().isEmpty()) {
            return upTo(session, index.from, index.params, most);
        }
        return session.first(
                        dialect.sql("SELECT COUNT(*), COUNT(" + rest.orElse("1") + ") FROM (SELECT " + ASKED
                                + index.from + ") AS looked_at"),
                        binder -> {
                            rest.bind(binder);
                            index.params.bind(binder);
                            binder.number(budget + 1L);
                        },
                        row -> row.getLong(2) > most
                                ? new BoundedCount(most, false)
                                : new BoundedCount(row.getInt(2), row.getLong(1) <= budget))
                .orElseThrow();
    }

    /** Counts rows, with the number at which it stops as the last parameter. */
    private BoundedCount upTo(Session session, String from, Binder.Params params, int most) throws SQLException {
        return session.first(
                        dialect.sql("SELECT COUNT(*) FROM (SELECT 1 AS one" + from + ") AS looked_at"),
                        binder -> {
                            params.bind(binder);
                            binder.number(most + 1L);
                        },
                        row -> row.getLong(1) > most
                                ? new BoundedCount(most, false)
                                : new BoundedCount(row.getInt(1), true))
                .orElseThrow();
    }
}
