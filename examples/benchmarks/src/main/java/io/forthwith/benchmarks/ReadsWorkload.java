package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.insight.JobPage;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * How long each read of a dashboard takes in a table with very many jobs: of the last week, nearly all of them completed, one in a thousand failed, with
 * unique keys, users, queues, types, families and a backlog. One job, the oldest, has a type of its own.
 *
 * @param database {@code postgresql} or {@code mariadb}
 * @param rows how many jobs
 * @param calls how often each read is measured
 */
record ReadsWorkload(String database, long rows, int calls) implements Benchmarks.Workload {
    /** What p95 of each read must not exceed, and the search for the only match. */
    private static final double BAR_MILLIS = 100;

    private static final Duration NEEDLE_BAR = Duration.ofSeconds(30);
    private static final String NEEDLE = "needle";
    private static final int WARM = 20;
    private static final long BITE = 250_000;
    private static final Duration WEEK = Duration.ofDays(7);
    private static final int USERS = 10_000;
    private static final long SEED = 4711;

    private static final String POSTGRESQL = """
                INSERT INTO job (id, type, queue, user_id, project_id, input_data, status, run_at, created_at, updated_at, started_at,
                  completed_at, claim, attempt, progress, error_message, error_kind, error_code, unique_key)
                SELECT CASE WHEN n %% 1000 = 7 THEN gen_random_uuid() ELSE (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7000-8000-'
                    || lpad(to_hex(n), 12, '0'))::uuid END,
                  'type' || n %% 20, 'q' || n %% 10, 'u' || n * 7919 %% %d, 'p' || n %% 100, '{"shot": 1, "prompt": "a cat on a roof"}',
                  CASE WHEN n > %d THEN 'pending' WHEN n %% 1000 = 3 THEN 'failed' ELSE 'completed' END,
                  CASE WHEN n > %d AND n %% 2 = 0 THEN at + interval '1 day' ELSE at END, at, at, at,
                  CASE WHEN n > %d THEN NULL ELSE at + interval '1 second' END, 1, 1, 100,
                  CASE WHEN n %% 1000 = 3 THEN 'It broke' END, CASE WHEN n %% 1000 = 3 THEN 'permanent' END,
                  CASE WHEN n %% 1000 = 3 THEN 'broken' END, CASE WHEN n %% 1000 = 5 THEN 'k' || n / 1000 END
                FROM (SELECT n, to_timestamp((%d + n * %f) / 1000) AS at, lpad(to_hex((%d + n * %f)::bigint), 12, '0') AS hex
                  FROM generate_series(%d::bigint, %d::bigint) AS n) AS made""";

    private static final String MARIADB = """
                INSERT INTO job (id, type, queue, user_id, project_id, input_data, status, run_at, created_at, updated_at, started_at,
                  completed_at, claim, attempt, progress, error_message, error_kind, error_code, unique_key)
                SELECT CASE WHEN n %% 1000 = 7 THEN CONCAT(LEFT(UUID(), 14), '4', RIGHT(UUID(), 21)) ELSE CONCAT(SUBSTR(hx, 1, 8), '-',
                    SUBSTR(hx, 9, 4), '-7000-8000-', LPAD(LOWER(HEX(n)), 12, '0')) END,
                  CONCAT('type', n %% 20), CONCAT('q', n %% 10), CONCAT('u', n * 7919 %% %d), CONCAT('p', n %% 100),
                  '{"shot": 1, "prompt": "a cat on a roof"}',
                  CASE WHEN n > %d THEN 'pending' WHEN n %% 1000 = 3 THEN 'failed' ELSE 'completed' END,
                  CASE WHEN n > %d AND n %% 2 = 0 THEN at + INTERVAL 1 DAY ELSE at END, at, at, at,
                  CASE WHEN n > %d THEN NULL ELSE at + INTERVAL 1 SECOND END, 1, 1, 100,
                  CASE WHEN n %% 1000 = 3 THEN 'It broke' END, CASE WHEN n %% 1000 = 3 THEN 'permanent' END,
                  CASE WHEN n %% 1000 = 3 THEN 'broken' END, CASE WHEN n %% 1000 = 5 THEN CONCAT('k', n DIV 1000) END
                FROM (SELECT seq AS n, TIMESTAMP('1970-01-01') + INTERVAL ((%d + seq * %f) * 1000) MICROSECOND AS at,
                    LPAD(LOWER(HEX(CAST(%d + seq * %f AS UNSIGNED))), 12, '0') AS hx
                  FROM seq_%d_to_%d) AS made""";

    private record Read(String what, Callable<?> call) {}

    private record Measured(String what, double p50, double p95, double worst) {}

    @Override
    public void run(BenchmarkDatabase postgres, Report report) throws Exception {
        if (database.equals("postgresql")) {
            try (BenchmarkDatabase own = postgres.beside("reads");
                    HikariDataSource pool = Pools.open(own.url(), Pools.FEW)) {
                JdbcSchema.migrate(pool);
                measure(pool, report);
            }
        } else {
            try (OtherDatabases server = OtherDatabases.start(List.of(database));
                    HikariDataSource pool = server.empty(database)) {
                server.settings().forEach(report::fact);
                measure(pool, report);
            }
        }
    }

    private void measure(DataSource pool, Report report) throws Exception {
        long begun = System.nanoTime();
        Instant now = Instant.now();
        fill(pool, now);
        report.fact(
                "filled", "in " + Duration.ofNanos(System.nanoTime() - begun).toSeconds() + " s");
        JdbcJobStore store = JdbcJobStore.of(pool);
        JobClient jobs = JobClient.of(store);
        UUID worker = UUID.randomUUID();
        store.register(
                ReadModelFactory.workerInfo(
                        worker,
                        "reader",
                        "here",
                        1,
                        ReadModelFactory.workerServes(List.of("q0", "q1"), List.of("type0"), false, 10),
                        null,
                        null),
                Duration.ofHours(10));
        store.claim(new ClaimRequest(worker, List.of("q0", "q1"), 50, Set.of(), 3, false));
        List<Measured> all = new ArrayList<>();
        for (Read read : reads(jobs, pool, now)) {
            all.add(measured(read));
        }
        for (Read page : pages(store, pool)) {
            all.add(measured(page));
        }
        print(report, all);
        needle(jobs, report);
        requireBars(all);
    }

    private static List<Object> history(JobClient jobs, UUID id) {
        return List.of(jobs.find(id), jobs.failures(id), jobs.steps(id));
    }

    private List<Read> reads(JobClient jobs, DataSource pool, Instant now) throws SQLException {
        Random random = new Random(SEED);
        List<UUID> ids = ids(pool, "status = 'completed'", random);
        List<UUID> pending = ids(pool, "status = 'pending'", random);
        List<UUID> failed = ids(pool, "status = 'failed'", random);
        List<UUID> parents = ids(pool, "status = 'waiting'", random);
        JobQuery page = JobQuery.all().atMost(50);
        return List.of(
                new Read("`find`", () -> jobs.find(any(ids, random))),
                new Read("`find`, `failures` and `steps` of a failed job", () -> history(jobs, any(failed, random))),
                new Read(
                        "`children` of a group of 100",
                        () -> jobs.children(any(parents, random)).toList()),
                new Read("`search`, newest", () -> jobs.search(page)),
                new Read("`search`, anywhere in the middle", () -> jobs.search(page.before(any(ids, random)))),
                new Read("`search`, one user", () -> jobs.search(page.user("u" + random.nextInt(USERS)))),
                new Read("`search`, one unique key", () -> jobs.search(page.uniqueKey(anyKey(random)))),
                new Read("`search`, one type of twenty", () -> jobs.search(page.type("type" + random.nextInt(20)))),
                new Read("`search`, failed", () -> jobs.search(page.status(JobStatus.FAILED))),
                new Read(
                        "`search`, failed, one type",
                        () -> jobs.search(page.status(JobStatus.FAILED).type("type" + random.nextInt(20)))),
                new Read("`search`, pending", () -> jobs.search(page.status(JobStatus.PENDING))),
                new Read("`search`, processing", () -> jobs.search(page.status(JobStatus.PROCESSING))),
                new Read("`search`, waiting", () -> jobs.search(page.status(JobStatus.WAITING))),
                new Read(
                        "`search`, since an hour, failed, one queue",
                        () -> jobs.search(page.since(now.minus(Duration.ofHours(1)))
                                .status(JobStatus.FAILED)
                                .queue("q" + random.nextInt(10)))),
                new Read(
                        "`search`, since an hour, no match",
                        () -> jobs.search(
                                page.since(now.minus(Duration.ofHours(1))).type(NEEDLE))),
                new Read("`search`, no match within the budget", () -> jobs.search(page.type(NEEDLE))),
                new Read(
                        "`search`, no match, anywhere in the middle",
                        () -> jobs.search(page.type(NEEDLE).before(any(ids, random)))),
                new Read("`countUpTo` 1,000, all", () -> jobs.countUpTo(page, 1_000)),
                new Read("`countUpTo` 1,000, failed", () -> jobs.countUpTo(page.status(JobStatus.FAILED), 1_000)),
                new Read(
                        "`countUpTo` 1,000, one user",
                        () -> jobs.countUpTo(page.user("u" + random.nextInt(USERS)), 1_000)),
                new Read("`countUpTo` 1,000, no match", () -> jobs.countUpTo(page.type(NEEDLE), 1_000)),
                new Read(
                        "`countUpTo` 1,000, since an hour",
                        () -> jobs.countUpTo(page.since(now.minus(Duration.ofHours(1))), 1_000)),
                new Read("`queues`", jobs::queues),
                new Read("`workers`", jobs::workers),
                new Read("`why`, of a pending job", () -> jobs.why(any(pending, random))),
                new Read("`why`, of a completed job", () -> jobs.why(any(ids, random))),
                new Read("`outcomes` of a day", () -> jobs.outcomes(now.minus(Duration.ofDays(1)), now)),
                new Read("`outcomes` of two hours", () -> jobs.outcomes(now.minus(Duration.ofHours(2)), now)));
    }

    private List<Read> pages(JdbcJobStore store, DataSource pool) throws SQLException {
        Random random = new Random(SEED);
        List<UUID> ids = ids(pool, "status = 'completed'", random);
        List<UUID> pending = ids(pool, "status = 'pending'", random);
        List<UUID> failed = ids(pool, "status = 'failed'", random);
        List<UUID> parents = ids(pool, "status = 'waiting'", random);
        DashboardPages pages = new DashboardPages(store);
        return List.of(
                page(pages, "overview", () -> ""),
                page(pages, "overview of 30 days", () -> "?span=30d"),
                page(pages, "queues", () -> "queues"),
                page(pages, "jobs, newest", () -> "jobs"),
                page(pages, "jobs, anywhere in the middle", () -> "jobs?before=" + any(ids, random)),
                page(pages, "jobs, failed", () -> "jobs?status=failed"),
                page(pages, "jobs, one user", () -> "jobs?user=u" + random.nextInt(USERS)),
                page(pages, "jobs, one unique key", () -> "jobs?key=" + anyKey(random)),
                page(pages, "jobs, no match", () -> "jobs?type=" + NEEDLE),
                page(pages, "job, failed", () -> "job?id=" + any(failed, random)),
                page(pages, "job, pending", () -> "job?id=" + any(pending, random)),
                page(pages, "family of 100", () -> "family?id=" + any(parents, random)),
                page(pages, "failures of an hour", () -> "failures?span=1h"),
                page(pages, "failures of 24 hours", () -> "failures?span=24h"),
                page(pages, "schedules", () -> "schedules"),
                page(pages, "workers", () -> "workers"));
    }

    private static Read page(DashboardPages pages, String what, Supplier<String> address) {
        return new Read("page: " + what, () -> pages.get(address.get()));
    }

    private static UUID any(List<UUID> ids, Random random) {
        return ids.get(random.nextInt(ids.size()));
    }

    /** The unique key of some job: each thousandth has one. */
    private String anyKey(Random random) {
        return "k" + random.nextInt((int) (rows / 1_000));
    }

    /** Some ids of jobs, spread over the table: each comes after a random point in time. */
    private List<UUID> ids(DataSource pool, String condition, Random random) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            boolean isRare = !condition.contains("completed");
            for (int i = 0; i < (isRare ? 1 : 100); i++) {
                String from = isRare ? "" : " AND id > '" + id(1 + (long) (random.nextDouble() * rows)) + "'";
                String sql = "SELECT id FROM job WHERE " + condition + from + (isRare ? "" : " ORDER BY id") + " LIMIT "
                        + (isRare ? 100 : 1);
                try (ResultSet row = statement.executeQuery(sql)) {
                    while (row.next()) {
                        ids.add(UUID.fromString(row.getString(1)));
                    }
                }
            }
        }
        if (ids.isEmpty()) {
            throw new IllegalStateException("There is no job with " + condition);
        }
        return ids;
    }

    private Measured measured(Read read) throws Exception {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < WARM + calls; i++) {
            long begun = System.nanoTime();
            read.call.call();
            if (i >= WARM) {
                millis.add((System.nanoTime() - begun) / 1e6);
            }
        }
        return new Measured(
                read.what, Figures.quantile(millis, 0.5), Figures.quantile(millis, 0.95), Figures.quantile(millis, 1));
    }

    private void print(Report report, List<Measured> all) {
        report.out()
                .printf(Locale.ROOT, "%n| among %,d jobs on %s | p50, ms | p95, ms | worst, ms |%n", rows, database);
        report.out().println("| --- | --- | --- | --- |");
        for (Measured each : all) {
            report.out()
                    .printf(Locale.ROOT, "| %s | %.1f | %.1f | %.1f |%n", each.what, each.p50, each.p95, each.worst);
        }
        report.raw("reads", all);
    }

    /** Goes on until the only match is found. */
    private void needle(JobClient jobs, Report report) {
        long begun = System.nanoTime();
        JobQuery next = JobQuery.all().type(NEEDLE).atMost(50);
        int pages = 0;
        while (next != null) {
            JobPage page = jobs.search(next);
            pages++;
            if (!page.jobs().isEmpty()) {
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                report.fact("the only match", "found after " + pages + " pages, " + took.toMillis() + " ms");
                if (took.compareTo(NEEDLE_BAR) > 0) {
                    throw new IllegalStateException("The only match took " + took + ", more than " + NEEDLE_BAR);
                }
                return;
            }
            next = page.next();
        }
        throw new IllegalStateException("The only match was not found");
    }

    private static void requireBars(List<Measured> all) {
        List<String> slow = all.stream()
                .filter(each -> each.p95 > BAR_MILLIS)
                .map(each -> each.what + ": " + each.p95)
                .toList();
        if (!slow.isEmpty()) {
            throw new IllegalStateException("p95 is above " + BAR_MILLIS + " ms: " + slow);
        }
    }

    /** The id of job {@code n}: an UUIDv7 whose time grows with {@code n}. */
    private UUID id(long n) {
        return UUID.fromString(String.format(
                Locale.ROOT,
                "%s-7000-8000-%012x",
                millis(Instant.now().minus(WEEK).plus(age(n))),
                n));
    }

    private Duration age(long n) {
        return WEEK.multipliedBy(n).dividedBy(rows);
    }

    private static String millis(Instant time) {
        String hex = String.format(Locale.ROOT, "%012x", time.toEpochMilli());
        return hex.substring(0, 8) + "-" + hex.substring(8);
    }

    private void fill(DataSource pool, Instant now) throws SQLException {
        Instant first = now.minus(WEEK);
        double step = (double) WEEK.toMillis() / rows;
        long backlog = Math.max(rows / 500, 100);
        for (long from = 1; from <= rows; from += BITE) {
            long to = Math.min(rows, from + BITE - 1);
            execute(pool, insert(from, to, first, step, backlog));
        }
        boolean isPostgres = database.equals("postgresql");
        String sometime = isPostgres ? "now() - interval '1 hour'" : "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR";
        // A hundred groups, each with a hundred children among the newest completed jobs; and a needle, the oldest job
        // of all.
        execute(
                pool,
                "UPDATE job SET type = '" + NEEDLE
                        + "' WHERE id = (SELECT id FROM (SELECT id FROM job ORDER BY id LIMIT 1) AS oldest)");
        for (int group = 0; group < 100; group++) {
            String id = "00000000-0000-7000-8000-" + String.format(Locale.ROOT, "%012x", group);
            execute(
                    pool,
                    "INSERT INTO job (id, type, queue, status, sealed, created_at, updated_at, run_at) VALUES ('" + id
                            + "', 'group', 'q9', 'waiting', TRUE, " + sometime + ", " + sometime + ", " + sometime
                            + ")");
        }
        for (int group = 0; group < 100; group++) {
            String id = "00000000-0000-7000-8000-" + String.format(Locale.ROOT, "%012x", group);
            for (int child = 1; child <= 100; child++) {
                // Children of their own, with ids that do not grow with time.
                execute(
                        pool,
                        "INSERT INTO job (id, parent_id, position, type, queue, status, created_at, updated_at, run_at) VALUES ('"
                                + UUID.randomUUID() + "', '" + id + "', " + child + ", 'child', 'q9', 'completed', "
                                + sometime
                                + ", " + sometime + ", " + sometime + ")");
            }
        }
        execute(
                pool,
                "INSERT INTO job_failure (job_id, claim, attempt, kind, code, message, failed_at) SELECT id, 1, 1, 'permanent', 'broken', 'It broke', "
                        + sometime + " FROM job WHERE status = 'failed'");
        outcomes(pool, now);
        execute(pool, isPostgres ? "VACUUM ANALYZE job" : "ANALYZE TABLE job");
        if (isPostgres) {
            execute(pool, "VACUUM ANALYZE job_failure");
            execute(pool, "VACUUM ANALYZE job_minute");
        }
    }

    /** Of a month: by hours of ten queues with ten types, and the last two hours by minutes of eight workers with twenty. */
    private void outcomes(DataSource pool, Instant now) throws SQLException {
        String insert =
                "INSERT INTO job_minute (minute_at, worker_id, queue, type, outcome, jobs, waits, runs) VALUES ";
        Instant hour = now.truncatedTo(ChronoUnit.HOURS);
        String format = database.equals("postgresql") ? "%sZ" : "%s";
        for (int hours = 2; hours < 24 * 30; hours++) {
            List<String> values = new ArrayList<>();
            for (int key = 0; key < 100; key++) {
                values.add("('" + time(format, hour.minus(Duration.ofHours(hours))) + "', '" + new UUID(0, 0) + "', 'q"
                        + key % 10 + "', 'type" + key / 10 + "', 'completed', 100, '0,5,10,20', '1,2,3,4,5,6')");
            }
            execute(pool, insert + String.join(", ", values));
        }
        for (int minute = 0; minute < 120; minute++) {
            List<String> values = new ArrayList<>();
            for (int worker = 1; worker <= 8; worker++) {
                for (int key = 0; key < 20; key++) {
                    values.add("('"
                            + time(format, now.truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(minute)))
                            + "', '" + new UUID(0, worker) + "', 'q" + key % 10
                            + "', 'type" + key + "', 'completed', 100, '0,5,10,20', '1,2,3,4,5,6')");
                }
            }
            execute(pool, insert + String.join(", ", values));
        }
    }

    private static String time(String format, Instant time) {
        return String.format(
                Locale.ROOT, format, time.toString().replace('T', ' ').replace("Z", ""));
    }

    /** A statement that inserts these jobs. */
    private String insert(long from, long to, Instant first, double step, long backlog) {
        long begin = first.toEpochMilli();
        long completed = rows - backlog;
        String template = database.equals("postgresql") ? POSTGRESQL : MARIADB;
        return String.format(
                Locale.ROOT, template, USERS, completed, completed, completed, begin, step, begin, step, from, to);
    }

    private static void execute(DataSource pool, String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
