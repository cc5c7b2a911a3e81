package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobStatus;
import io.forthwith.Retention;
import io.forthwith.jdbc.internal.operations.OldJobs;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Finds old jobs with a bounded number of reads. Thread-safe.
 *
 * <p>No index finds the jobs that ended first. A B-tree would cost a third of the throughput. A BRIN index knows the
 * earliest time in each range of pages but never forgets one: when new rows take the room of deleted ones, or failed
 * jobs stay among them, every range looks old, and a purge reads the whole table.
 *
 * <p>So a call looks in four places. It goes on in a place as long as it finds something there.
 *
 * <ul>
 *   <li>Most ids contain the time of their creation (UUIDv7), and the primary key has them in that order. A job that
 *       ended long ago was created even earlier. A look starts at the latest id that may be old enough, and goes back.
 *   <li>Another one goes forward from the smallest id, and remembers how far it came.
 *   <li>A walk round the table, page by page, finds all others: predecessors, jobs with other ids, jobs that ran for
 *       long.
 *   <li>The failed jobs have an index.
 * </ul>
 */
final class PostgresOldJobs implements OldJobs {
    /** The ids that a look reads at the least. */
    private static final int FEW = 100;
    /** It goes on if one in ten was found. */
    private static final int ONE_IN = 10;
    /** The pages that a call walks. */
    private static final int PAGES = 16;
    /** A table of at most so many pages is walked as a whole: there a call finds all that there is to find. */
    private static final int SMALL = 128;
    /** The pages that it walks for each old job that it finds: at full speed as long as one job in a hundred is old. */
    private static final int PAGES_PER_JOB = 4;

    private static final UUID FIRST = new UUID(0, 0);

    private final SqlDialect dialect;
    private final String table;
    private final StatementText start;
    /** By the number of types with times of their own. */
    private final Map<Integer, Statements> statements = new ConcurrentHashMap<>();

    /** Where the next call goes on. If a call is rolled back, its jobs are found again when the walk comes round. */
    private volatile UUID lastId = FIRST;

    private volatile long nextPage = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);

    PostgresOldJobs(SqlDialect dialect) {
        this.dialect = dialect;
        this.table = dialect.text("{job}");
        this.start =
                dialect.sql("SELECT {after}, pg_relation_size(to_regclass(?)) / current_setting('block_size')::bigint");
    }

    private record Statements(
            StatementText back,
            StatementText forward,
            StatementText lock,
            StatementText lockInPages,
            StatementText lockFailed) {}

    private Statements statements(int types) {
        String ended = "status IN ('completed', 'cancelled') AND " + OldJobs.isOld(types);
        String old = ended + " AND " + NOT_NEEDED;
        // Whether a predecessor is needed may take long to find out: the walk comes to each once.
        String simple = "SELECT id, (NOT has_successors AND " + ended + ") FROM {job} j WHERE ";
        return new Statements(
                dialect.sql(simple + "id <= ? ORDER BY id DESC LIMIT ?"),
                dialect.sql(simple + "id > ? AND id <= ? ORDER BY id LIMIT ?"),
                dialect.sql("SELECT id FROM {job} j WHERE id {in} AND " + old + " {for_update_skip_locked}"),
                dialect.sql("""
                        SELECT id, (ctid::text::point)[0]::bigint FROM {job} j
                        WHERE ctid >= CAST(? AS tid) AND ctid < CAST(? AS tid) AND %s
                        LIMIT ? {for_update_skip_locked}""".formatted(old)),
                // A job that ended long ago was created even earlier, and the index of the failed ones is by
                // created_at.
                dialect.sql("""
                        SELECT id FROM {job} j
                        WHERE status = 'failed' AND %s AND created_at <= {after} AND %s
                        LIMIT ? {for_update_skip_locked}""".formatted(OldJobs.isOld(types), NOT_NEEDED)));
    }

    private record Start(Instant until, long pages) {}

    private record Seen(UUID id, boolean isOld) {}

    private record InPage(UUID id, long page) {}

    @Override
    public List<UUID> lock(Session session, Retention retention, int limit) throws SQLException {
        long ended = OldJobs.shortest(JobStatus.COMPLETED, retention);
        Start from = session.first(
                        start,
                        binder -> binder.number(ended).text(table),
                        row -> new Start(dialect.time(row, 1), row.getLong(2)))
                .orElseThrow();
        Look look = new Look(session, retention, limit);
        long millis = from.until().toEpochMilli();
        if (millis >= 0) {
            UUID latest = new UUID(millis << 16 | 0xFFFF, -1);
            look.back(latest);
            lastId = look.forward(lastId, latest);
        }
        nextPage = look.round(nextPage, from.pages());
        look.failed();
        return new ArrayList<>(look.found);
    }

    /** One call. */
    private final class Look {
        private final Session session;
        private final Retention retention;
        private final Statements statements;
        private final int limit;
        private final Set<UUID> found = new LinkedHashSet<>();

        Look(Session session, Retention retention, int limit) {
            this.session = session;
            this.retention = retention;
            this.statements = PostgresOldJobs.this.statements.computeIfAbsent(
                    retention.types().size(), PostgresOldJobs.this::statements);
            this.limit = limit;
        }

        private int missing() {
            return limit - found.size();
        }

        void back(UUID latest) throws SQLException {
            UUID to = latest;
            boolean isWorthMore = true;
            for (int read = FEW; isWorthMore && missing() > 0; read = Math.max(FEW, missing())) {
                UUID from = to;
                int most = read;
                List<Seen> seen = session.query(
                        statements.back, binder -> ended(binder).id(from).number(most), this::seen);
                isWorthMore = lock(seen) * ONE_IN >= most;
                // The last one is seen twice, which does no harm.
                to = isWorthMore ? seen.get(seen.size() - 1).id() : to;
            }
        }

        /** @return how far it came */
        UUID forward(UUID start, UUID latest) throws SQLException {
            UUID at = start;
            boolean isWorthMore = true;
            for (int read = FEW; isWorthMore && missing() > 0; read = Math.max(FEW, missing())) {
                UUID after = at;
                int most = read;
                List<Seen> seen = session.query(
                        statements.forward,
                        binder -> ended(binder).id(after).id(latest).number(most),
                        this::seen);
                isWorthMore = lock(seen) * ONE_IN >= most;
                at = seen.size() < most
                        ? FIRST
                        : missing() > 0 ? seen.get(seen.size() - 1).id() : after;
            }
            return at;
        }

        private @Nullable Seen seen(ResultSet row) throws SQLException {
            UUID id = dialect.readId(row, 1);
            return id == null ? null : new Seen(id, row.getBoolean(2));
        }

        /** Locks the old ones that no job needs, as many as are missing; answers how many. */
        private int lock(List<Seen> seen) throws SQLException {
            List<UUID> old = seen.stream()
                    .filter(Seen::isOld)
                    .map(Seen::id)
                    .filter(id -> !found.contains(id))
                    .toList();
            int before = found.size();
            for (int from = 0; from < old.size() && missing() > 0; ) {
                List<UUID> some = old.subList(from, Math.min(from + missing(), old.size()));
                found.addAll(session.query(
                        statements.lock, binder -> ended(binder.ids(some)), row -> dialect.readId(row, 1)));
                from += some.size();
            }
            return found.size() - before;
        }

        /**
         * Walks round the table.
         *
         * @return the page at which to go on
         */
        long round(long start, long pages) throws SQLException {
            long page = pages == 0 ? 0 : start % pages;
            int before = found.size();
            long least = pages <= SMALL ? pages : PAGES;
            long most = least;
            for (long walked = 0; missing() > 0 && walked < most; ) {
                long from = page;
                long end = Math.min(from + most - walked, pages);
                int wanted = missing();
                List<InPage> old = session.query(
                        statements.lockInPages,
                        binder -> ended(binder.text(startOf(from)).text(startOf(end)))
                                .number(wanted),
                        row -> {
                            UUID id = dialect.readId(row, 1);
                            return id == null ? null : new InPage(id, row.getLong(2));
                        });
                old.forEach(job -> found.add(job.id()));
                if (old.size() == wanted) {
                    // The same page again: it may hold more of them.
                    return old.get(wanted - 1).page();
                }
                walked += end - from;
                most = Math.min(least + (long) PAGES_PER_JOB * (found.size() - before), pages);
                page = end == pages ? 0 : end;
            }
            return page;
        }

        private static String startOf(long page) {
            return "(" + page + ",0)";
        }

        private Binder ended(Binder binder) throws SQLException {
            return OldJobs.bind(binder, JobStatus.COMPLETED, retention);
        }

        void failed() throws SQLException {
            if (missing() > 0) {
                int most = missing();
                found.addAll(session.query(
                        statements.lockFailed,
                        binder -> OldJobs.bind(binder, JobStatus.FAILED, retention)
                                .number(OldJobs.shortest(JobStatus.FAILED, retention))
                                .number(most),
                        row -> dialect.readId(row, 1)));
            }
        }
    }
}
