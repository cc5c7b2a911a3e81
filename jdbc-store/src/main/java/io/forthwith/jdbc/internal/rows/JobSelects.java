package io.forthwith.jdbc.internal.rows;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.rules.FailureFingerprint;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads jobs and failures without locks. Immutable and thread-safe. */
public final class JobSelects {
    private static final String LIST = "SELECT " + JobRowReader.COLUMNS + " FROM {job}";

    /** How many waiting jobs are looked at where no index finds the groups that are open. */
    private static final int SOME = 5_000;

    private static final String CANDIDATES = """
            SELECT id,
              parent_id IS NOT NULL OR sealed IS NOT NULL OR on_predecessor_failure IS NOT NULL OR has_successors
                OR (SELECT c.parent_id FROM {job} c WHERE c.parent_id = j.id ORDER BY c.position LIMIT 1) IS NOT NULL,
              unique_key IS NOT NULL
            FROM {job} j""";

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final JobPages pages;
    private final StatementText find;
    private final StatementText openAmong;
    private final StatementText failures;
    private final StatementText failuresOfCause;
    private final StatementText longRunning;
    private final StatementText openGroups;
    private final StatementText list;
    private final StatementText candidates;
    private final StatementText candidatesOf;
    private final StatementText nextChildren;
    private final StatementText children;
    private final StatementText childrenWithoutPosition;
    private final StatementText predecessors;
    private final StatementText successors;
    private final StatementText count;
    private final LabelSearch labels;
    private final JobSearch search;

    public JobSelects(SqlDialect dialect, JobRowReader rows, JobPages pages) {
        this.dialect = dialect;
        this.rows = rows;
        this.pages = pages;
        this.find = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job} WHERE id = ?");
        this.openAmong = dialect.sql(
                "SELECT id FROM {job} WHERE id {in} AND {filter status} IN ('pending', 'processing', 'waiting')");
        this.failures = dialect.sql(
                "SELECT " + JobRowReader.FAILURE_COLUMNS + " FROM {job_failure} WHERE job_id = ? ORDER BY claim");
        this.failuresOfCause = dialect.sql("SELECT " + JobRowReader.FAILURE_COLUMNS
                + " FROM {job_failure} WHERE cause = ? AND type = ? AND failed_at >= ? AND failed_at < ?"
                + " ORDER BY cause DESC, type DESC, failed_at DESC LIMIT ?");
        this.longRunning = dialect.sql(
                "SELECT " + JobRowReader.COLUMNS + " FROM (SELECT " + JobRowReader.SLIM_COLUMNS
                        + " FROM {job} WHERE status = 'processing' AND started_at <= {after} ORDER BY started_at, id LIMIT ?) AS slim ORDER BY started_at, id");
        String waiting = "SELECT " + JobRowReader.SLIM_COLUMNS + " FROM {job} WHERE status = 'waiting'";
        String open = "NOT sealed AND created_at <= {after} ORDER BY created_at, id LIMIT ?";
        this.openGroups = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM ("
                + (pages.findsOpenGroups()
                        ? waiting + " AND " + open
                        : "SELECT * FROM (" + waiting + " ORDER BY status, queue, priority, run_at, id LIMIT " + SOME
                                + ") AS some_ones WHERE " + open)
                + ") AS slim ORDER BY created_at, id");
        this.list = dialect.sql(LIST);
        this.candidates = dialect.sql(CANDIDATES);
        this.candidatesOf = dialect.sql(CANDIDATES + " WHERE j.id {in} ORDER BY j.id DESC");
        String ofParent = "SELECT " + JobRowReader.COLUMNS + " FROM {job} WHERE parent_id = ? AND ";
        this.nextChildren = dialect.sql(ofParent + "position > ? AND position <= ? ORDER BY parent_id, position");
        this.children = dialect.sql(ofParent + "position > ? ORDER BY parent_id, position LIMIT ?");
        this.childrenWithoutPosition =
                dialect.sql(ofParent + "position IS NULL ORDER BY parent_id, position, id LIMIT ?");
        this.predecessors = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job}"
                + " JOIN {job_predecessor} e ON e.predecessor_id = id WHERE e.job_id = ? ORDER BY e.place");
        this.successors = dialect.sql("SELECT " + JobRowReader.COLUMNS + " FROM {job}"
                + " JOIN {job_predecessor} e ON e.job_id = id WHERE e.predecessor_id = ? ORDER BY id LIMIT ?");
        this.count = dialect.sql("SELECT count(*) FROM {job}");
        this.labels = new LabelSearch(dialect, rows, pages);
        this.search = new JobSearch(dialect, rows, pages, labels);
    }

    public Optional<Job> find(Session session, UUID id) throws SQLException {
        return session.first(find, binder -> binder.id(id), rows::job);
    }

    public Set<UUID> openAmong(Session session, List<UUID> ids) throws SQLException {
        Set<UUID> open = new HashSet<>();
        session.queryByIds(openAmong, ids, row -> dialect.readId(row, 1)).forEach(id -> {
            if (id != null) {
                open.add(id);
            }
        });
        return open;
    }

    public List<FailedAttempt> failures(Session session, UUID id) throws SQLException {
        return session.query(failures, binder -> binder.id(id), rows::failure);
    }

    /** Finds the failed attempts with one cause, newest first. */
    public List<FailedAttempt> failures(Session session, JobFailures cause, Instant from, Instant to, int limit)
            throws SQLException {
        return session.query(
                failuresOfCause,
                binder -> binder.text(FailureFingerprint.cause(cause))
                        .text(cause.type())
                        .time(from)
                        .time(to)
                        .number(limit),
                rows::failure);
    }

    public List<Job> longRunning(Session session, Duration longer, int atMost) throws SQLException {
        return session.query(
                longRunning, binder -> binder.micros(longer.negated()).number(atMost), rows::job);
    }

    public List<Job> openGroups(Session session, Duration longer, int atMost) throws SQLException {
        return session.query(
                openGroups, binder -> binder.micros(longer.negated()).number(atMost), rows::job);
    }

    public List<Job> list(Session session, JobQuery query) throws SQLException {
        return query.label() != null
                ? labels.list(session, query, LIST, rows::job)
                : pages.page(session, list, query, rows::job);
    }

    /**
     * The children of a job in the order of their positions; at the end those without a position, which an older
     * version of the library has added.
     *
     * <p>The positions of a page have no gaps as a rule. Children are read by a range of positions: so the database
     * finds them by the index, however large it expects a family to be.
     */
    public List<Job> children(Session session, UUID parent, int after, int atMost) throws SQLException {
        List<Job> page = session.query(
                nextChildren, binder -> binder.id(parent).number(after).number((long) after + atMost), rows::job);
        if (page.size() < atMost) {
            int last = page.isEmpty() ? after : positionOf(page.get(page.size() - 1));
            int left = atMost - page.size();
            page.addAll(session.query(
                    children, binder -> binder.id(parent).number(last).number(left), rows::job));
        }
        if (page.size() < atMost) {
            int left = atMost - page.size();
            page.addAll(session.query(
                    childrenWithoutPosition, binder -> binder.id(parent).number(left), rows::job));
        }
        return page;
    }

    private static int positionOf(Job child) {
        return Objects.requireNonNull(child.relations().position());
    }

    public List<Job> predecessors(Session session, UUID id) throws SQLException {
        return session.query(predecessors, binder -> binder.id(id), rows::job);
    }

    public List<Job> successors(Session session, UUID id, int atMost) throws SQLException {
        return session.query(successors, binder -> binder.id(id).number(atMost), rows::job);
    }

    /** The same jobs as {@link #list}, with only what a change of many of them needs. */
    public Page candidates(Session session, JobQuery query) throws SQLException {
        Session.Row<Found> reading = row -> new Found(dialect.readId(row, 1), row.getBoolean(2), row.getBoolean(3));
        List<Found> found = query.label() != null
                ? labels.list(session, query, CANDIDATES, reading)
                : pages.page(session, candidates, query, reading);
        List<Candidate> jobs = new ArrayList<>();
        for (Found each : found) {
            if (each.id != null) {
                jobs.add(new Candidate(each.id, each.hasRelatives, each.hasKey));
            }
        }
        boolean isLast = found.size() < query.atMost() || jobs.isEmpty();
        return new Page(jobs, isLast ? null : jobs.get(jobs.size() - 1).id());
    }

    /** The same of these jobs, the highest id first; without those that are gone. */
    public List<Candidate> candidates(Session session, List<UUID> ids) throws SQLException {
        List<Candidate> jobs = new ArrayList<>(session.queryByIds(candidatesOf, ids, row -> {
            UUID id = dialect.readId(row, 1);
            return id == null ? null : new Candidate(id, row.getBoolean(2), row.getBoolean(3));
        }));
        jobs.sort(Comparator.comparing(Candidate::id, IdOrder.ASCENDING).reversed());
        return jobs;
    }

    public long count(Session session, JobQuery query) throws SQLException {
        if (query.label() != null) {
            return labels.count(session, query);
        }
        JobConditions conditions = pages.all(query);
        return session.first(count.plus(conditions.where()), conditions::bind, row -> row.getLong(1))
                .orElseThrow();
    }

    public JobPage search(Session session, JobQuery query, int budget) throws SQLException {
        return search.search(session, query, budget);
    }

    public BoundedCount countUpTo(Session session, JobQuery query, int atMost, int budget) throws SQLException {
        return search.countUpTo(session, query, atMost, budget);
    }

    /** A row whose id may be unusable. */
    private record Found(@Nullable UUID id, boolean hasRelatives, boolean hasKey) {}

    /** A job that may be changed. */
    public record Candidate(UUID id, boolean hasRelatives, boolean hasKey) {
        /** Whether it has neither relatives nor a unique key. */
        public boolean isPlain() {
            return !hasRelatives && !hasKey;
        }
    }

    /**
     * Some of the jobs of a query.
     *
     * @param next where the next page begins; null if this is the last one
     */
    public record Page(List<Candidate> jobs, @Nullable UUID next) {
        public List<UUID> ids(Predicate<Candidate> which) {
            return jobs.stream().filter(which).map(Candidate::id).toList();
        }
    }
}
