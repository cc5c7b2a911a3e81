package io.forthwith.jdbc.internal.operations;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.RunningJob;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.JobSituation;
import io.forthwith.store.ReadModelFactory;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How a job stands among the others. Every count of pending jobs is that of a short range of an index, for each priority one, so that jobs of
 * the future are not read. Immutable and thread-safe.
 */
public final class JobSituations {
    /** A due job starts sooner, if nothing keeps it. */
    private static final Duration SOON = Duration.ofSeconds(2);

    private static final int LANES = NewJob.HIGHEST_PRIORITY + 1;

    private final SqlDialect dialect;
    private final StatementText place;
    private final StatementText children;
    private final StatementText ahead;
    private final StatementText running;
    private final StatementText unlocked;
    private final boolean hasRowLocks;

    private record Place(
            Instant now,
            boolean isPending,
            boolean isParent,
            String queue,
            int priority,
            Instant runAt,
            boolean hasTypeLimit) {
        boolean isOverdue() {
            return runAt.plus(SOON).isBefore(now);
        }
    }

    public JobSituations(SqlDialect dialect) {
        this.dialect = dialect;
        this.place = dialect.sql(
                "SELECT {now}, status, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END, queue, priority, coalesce(due_at, run_at),"
                        + " (SELECT 1 FROM {job_limit} l WHERE l.name = {type_limit}) FROM {job} WHERE id = ?");
        this.children = dialect.sql("SELECT COUNT(CASE WHEN status IN ('pending', 'processing', 'waiting') THEN 1 END),"
                + " COUNT(*) FROM (SELECT status FROM {job} WHERE parent_id = ? LIMIT ?) AS first_ones");
        // The lanes of higher priorities, then those of its own priority that are due before it, and at the same time.
        // The last limit stops
        // the reading as soon as there are enough.
        String lane = "SELECT one FROM (SELECT 1 AS one FROM {job}"
                + " WHERE status = 'pending' AND queue = ? AND priority = %s AND run_at %s LIMIT ?) AS lane%s";
        this.ahead = dialect.sql("SELECT COUNT(*) FROM ("
                + IntStream.range(0, LANES)
                        .mapToObj(priority -> lane.formatted(priority, "<= {now}", priority))
                        .collect(Collectors.joining(" UNION ALL "))
                + " UNION ALL " + lane.formatted("?", "<= {now} AND run_at < ?", LANES)
                + " UNION ALL " + lane.formatted("?", "<= {now} AND run_at = ? AND id < ?", LANES + 1)
                + " LIMIT ?) AS before_it");
        this.running = dialect.sql("SELECT id, type, worker_id, started_at, lost_workers FROM {job}"
                + " WHERE status = 'processing' ORDER BY started_at LIMIT ?");
        this.hasRowLocks = !dialect.text("{for_update_skip_locked}").isBlank();
        this.unlocked = dialect.sql("SELECT id FROM {job} WHERE id = ? {for_update_skip_locked}");
    }

    public Optional<JobSituation> of(Database database, UUID id) {
        record Seen(Place place, JobSituation free) {}
        Optional<Seen> seen = database.read("look at job " + id, session -> {
            Optional<Place> found = session.first(place, binder -> binder.id(id), this::place);
            return found.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Seen(found.get(), of(session, id, found.get())));
        });
        return seen.map(each -> each.place.isPending && each.place.isOverdue() && isLocked(database, id)
                ? locked(each.free)
                : each.free);
    }

    /**
     * A claim that comes in between skips the row. So this is asked of jobs only that a claim has skipped before, and in a transaction of its own,
     * which is over at once.
     */
    private boolean isLocked(Database database, UUID id) {
        return hasRowLocks
                && database.transaction(
                        "look whether job " + id + " is locked",
                        session -> session.first(unlocked, binder -> binder.id(id), row -> true)
                                .isEmpty());
    }

    private static JobSituation locked(JobSituation free) {
        return new JobSituation(
                free.now(),
                free.openChildren(),
                free.children(),
                free.ahead(),
                free.running(),
                free.hasTypeLimit(),
                true);
    }

    private JobSituation of(Session session, UUID id, Place job) throws SQLException {
        int[] family = job.isParent
                ? session.first(children, binder -> binder.id(id).number(JobSituation.MOST_CHILDREN), row ->
                                new int[] {row.getInt(1), row.getInt(2)})
                        .orElseThrow()
                : new int[2];
        return new JobSituation(
                job.now,
                family[0],
                family[1],
                job.isPending
                        ? session.first(ahead, binder -> bind(binder, id, job), row -> row.getInt(1))
                                .orElseThrow()
                        : 0,
                job.isPending
                        ? session.query(running, binder -> binder.number(JobSituation.MOST), this::running)
                        : List.of(),
                job.hasTypeLimit,
                false);
    }

    private Place place(ResultSet row) throws SQLException {
        return new Place(
                dialect.time(row, 1),
                JobStatus.PENDING.text().equals(row.getString(2)),
                row.getInt(3) == 1,
                row.getString(4),
                row.getInt(5),
                dialect.time(row, 6),
                row.getInt(7) == 1);
    }

    private static void bind(Binder binder, UUID id, Place job) throws SQLException {
        for (int priority = 0; priority < LANES; priority++) {
            binder.text(job.queue).number(priority > job.priority ? JobSituation.MOST : 0);
        }
        binder.text(job.queue).number(job.priority).time(job.runAt).number(JobSituation.MOST);
        binder.text(job.queue)
                .number(job.priority)
                .time(job.runAt)
                .id(id)
                .number(JobSituation.MOST)
                .number(JobSituation.MOST);
    }

    /** A row that somebody has written by hand may have an id that is none. */
    private @Nullable RunningJob running(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        return id == null
                ? null
                : ReadModelFactory.runningJob(
                        id, row.getString(2), dialect.readId(row, 3), dialect.timeOrNull(row, 4), row.getInt(5));
    }
}
