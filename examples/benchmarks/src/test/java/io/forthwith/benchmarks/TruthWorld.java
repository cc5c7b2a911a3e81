package io.forthwith.benchmarks;

import io.forthwith.JobError;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.rules.FailureFingerprint;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * A table with very many jobs of which everything is known: how many are in which state, in which queue, how attempts ended and why. It is an hour after a bank has
 * begun to answer 503: nothing of what needs it has completed since.
 */
final class TruthWorld {
    static final int WORKERS = 500;
    static final int QUEUES = 50;
    static final int TYPES = 200;
    static final int SLOTS = 10;

    /** Jobs that failed for good in the last hour, each with another message. */
    static final int FAILED = 10_000;

    static final String FAILED_TYPE = "t010";

    /** Jobs of which every attempt has failed since, and which are tried again. */
    static final int RETRIED = 300;

    static final int ATTEMPTS = 12;
    static final String RETRIED_TYPE = "capture_payment";
    static final String RETRIED_QUEUE = "payments";
    static final int PARKED = 263;
    static final int WAITING = 150;
    static final int RUNNING = 1_400;
    static final int TAKEN_OVER = 5;
    static final int SCHEDULES = 5_000;
    static final String AWAY = "The bank does not answer";

    /** Of what runs nothing has ended yet, so nobody knows how long it takes. */
    static final String RUNNING_TYPE = "render";

    static final String PARKED_TYPE = "t004";
    static final String PARKED_KEY = "tenant:acme";

    /** How many attempts of each hour of the month failed because of another cause, and their jobs were tried again. */
    static final int RETRIED_EACH_HOUR = 3;

    static final String ORDER = "order";
    static final String TENANT = "tenant";
    static final String ACME = "acme";

    static final String OLD_CODE = "http_500";
    static final String OLD_TYPE = "t020";

    /** The hours of the month that are over, counted back from this one. */
    private static final int FIRST_HOUR = 715;

    private static final int LAST_HOUR = 3;

    /** Until how many minutes ago attempts were counted, and from when on. */
    private static final int FIRST_MINUTE = 50;

    private static final int LAST_MINUTE = 4;
    private static final int MOST_TRIES = 100;

    private final TruthSql sql;
    private final DataSource database;
    private final long rows;
    /** How many workers have written counts: each write is a transaction. */
    private final int writers;

    final JdbcJobStore store;
    final Instant filledAt;
    final Map<String, Integer> due = new LinkedHashMap<>();
    final Map<String, Integer> scheduled = new LinkedHashMap<>();
    /** By minute, queue, type and outcome. */
    final List<JobOutcomes> outcomes = new ArrayList<>();

    final List<JobFailures> failures = new ArrayList<>();

    /** Those that were added up long ago, by hour, queue, type and outcome. */
    final List<JobOutcomes> hours = new ArrayList<>();

    final List<JobFailures> hourlyFailures = new ArrayList<>();

    TruthWorld(TruthSql sql, DataSource database, long rows, int writers) throws SQLException {
        this.sql = sql;
        this.database = database;
        this.rows = rows;
        this.writers = writers;
        JdbcSchema.migrate(database);
        store = JdbcJobStore.of(database);
        backlog();
        jobs();
        filledAt = now();
        workers();
        counts();
        month();
        schedules();
        depths();
        for (String statement : sql.settle()) {
            execute(statement);
        }
    }

    private Instant now() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql.write("SELECT {millis {now}}"))) {
            row.next();
            return Instant.ofEpochMilli(row.getLong(1));
        }
    }

    static String queue(int number) {
        return String.format(Locale.ROOT, "q%02d", number);
    }

    static String type(int number) {
        return String.format(Locale.ROOT, "t%03d", number);
    }

    private void backlog() {
        due.put(queue(0), 37_000);
        due.put(queue(1), 2_500);
        for (int i = 2; i < 10; i++) {
            due.put(queue(i), 100 * i);
        }
        due.merge(queue(6), TAKEN_OVER, Integer::sum);
        scheduled.put(queue(3), 1_200);
        scheduled.put(RETRIED_QUEUE, RETRIED);
    }

    /** How many jobs have completed: all but those whose state is another one. */
    long completed() {
        int others = due.values().stream().mapToInt(Integer::intValue).sum()
                + scheduled.values().stream().mapToInt(Integer::intValue).sum()
                + FAILED
                + PARKED
                + WAITING
                + RUNNING;
        return rows - others;
    }

    private void jobs() throws SQLException {
        insert(
                "type, queue, status, run_at, started_at, completed_at, claim, attempt, progress",
                "%s, %s, 'completed', at, at, at {plus 1 SECOND}, 1, 1, 100"
                        .formatted(name("t", "n %% " + TYPES, 3), name("q", "n %% " + TYPES + " %% " + QUEUES, 2)),
                completed(),
                Duration.ofDays(30),
                Duration.ofHours(2));
        // It takes minutes, in which no other job must wait.
        labels();
        insert(
                "type, queue, status, run_at, started_at, completed_at, claim, attempt, error_message, error_kind, error_code",
                "'" + FAILED_TYPE
                        + "', 'q10', 'failed', at, at, at {plus 2 SECOND}, 1, 1, 'Order ' || n || ' was refused by bank ' || (n %% 7), 'system', 'http_422'",
                FAILED,
                Duration.ofMinutes(50),
                Duration.ofMinutes(5));
        for (Map.Entry<String, Integer> each : due.entrySet()) {
            int fresh = each.getValue() - (each.getKey().equals(queue(6)) ? TAKEN_OVER : 0);
            String type = "t0" + each.getKey().substring(1);
            insertLately(
                    "type, queue, status, run_at", "'" + type + "', '" + each.getKey() + "', 'pending', at", fresh);
        }
        insertLately(
                "type, queue, status, run_at",
                "'t003', '" + queue(3) + "', 'pending', at {plus 1 DAY}",
                scheduled.getOrDefault(queue(3), 0));
        insert(
                "type, queue, status, run_at, started_at, claim, attempt, error_message, error_kind, error_code",
                "'" + RETRIED_TYPE + "', '" + RETRIED_QUEUE + "', 'pending', {now} {plus 1 HOUR}, at, " + ATTEMPTS
                        + ", " + ATTEMPTS + ", '" + AWAY + "', 'system', 'http_503'",
                RETRIED,
                Duration.ofMinutes(55),
                Duration.ofMinutes(54));
        insertLately(
                "type, queue, status, run_at, due_at, limits, parked_under, parked_rank",
                "'" + PARKED_TYPE + "', '" + queue(4) + "', 'pending', {never}, at, '" + PARKED_KEY + "', '"
                        + PARKED_KEY + "', 4",
                PARKED);
        insertLately(
                "type, queue, status, run_at, sealed", "'album', '" + queue(5) + "', 'waiting', at, TRUE", WAITING);
        insertLately(
                "type, queue, status, run_at, started_at, claim, attempt, worker_id",
                "'" + RUNNING_TYPE
                        + "', 'q11', 'processing', at, {now} {plus -10 SECOND}, 1, 1, {id '00000000-0000-7000-8000-' || lpad({hex n %% "
                        + WORKERS + "}, 12, '0')}",
                RUNNING);
        insert(
                "type, queue, status, run_at, started_at, claim, attempt, lost_workers",
                "'t006', '" + queue(6) + "', 'pending', {now} {plus -1 MINUTE}, at, 2, 0, 1",
                TAKEN_OVER,
                Duration.ofMinutes(26),
                Duration.ofMinutes(25));
        execute(sql.write("""
                INSERT INTO job_failure (job_id, claim, attempt, kind, code, message, failed_at, type, cause)
                SELECT id, 1, 1, 'system', error_code, error_message, completed_at, type, '%s' FROM job WHERE status = 'failed'
                UNION ALL SELECT id, n, n, 'system', error_code, error_message, {now} {plus -50 MINUTE} {plus n * 220 SECOND}, type, '%s'
                FROM job CROSS JOIN {series 1 %d} AS attempts WHERE type = '%s'""".formatted(
                        FailureFingerprint.cause("http_422", null, "Order 1 was refused by bank 1"),
                        FailureFingerprint.cause("http_503", null, AWAY),
                        ATTEMPTS,
                        RETRIED_TYPE)));
        execute("INSERT INTO job_limit (name, concurrency, burst) VALUES ('tenant', 1, 0)");
        execute(sql.write(
                "INSERT INTO job_limit_key (limit_key, paused_at, paused_by, pause_reason, is_own, burst) VALUES ('"
                        + PARKED_KEY + "', {now}, 'ada', 'Their API is down', FALSE, 0)"));
    }

    /** Each job that has completed has the number of an order of its own, and each tenth is of one tenant. */
    private void labels() throws SQLException {
        for (String name : List.of(ORDER, TENANT)) {
            execute(sql.write("INSERT INTO job_label_name (name, declared_by, declared_at) VALUES ('" + name
                    + "', {id '00000000-0000-7000-8000-000000000001'}, {now} {plus -30 DAY})"));
        }
        execute(sql.write("INSERT INTO job_label (job_id, name, label_value) SELECT id, '" + ORDER
                + "', {text row_number() OVER (ORDER BY id)} FROM job"));
        execute("INSERT INTO job_label (job_id, name, label_value) SELECT job_id, '" + TENANT + "', '" + ACME
                + "' FROM job_label WHERE name = '" + ORDER + "' AND label_value LIKE '%7'");
    }

    /** A name with a number of so many digits. */
    private static String name(String name, String number, int digits) {
        return "'" + name + "' || lpad({text " + number + "}, " + digits + ", '0')";
    }

    /** Adds jobs that were enqueued a minute or two ago. */
    private void insertLately(String columns, String values, long jobs) throws SQLException {
        insert(columns, values, jobs, Duration.ofMinutes(2), Duration.ofMinutes(1));
    }

    /** Adds jobs that were enqueued evenly from one time ago until another one; {@code n} is the number of a job, {@code at} when it was enqueued. No two calls make the same id. */
    private void insert(String columns, String values, long jobs, Duration from, Duration until) throws SQLException {
        long step = from.minus(until).toNanos() / 1_000 / Math.max(1, jobs);
        execute(sql.write(("""
                INSERT INTO job (id, created_at, updated_at, %s)
                SELECT {id substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || lpad({hex n %% 4096}, 3, '0') || '-8' || lpad({hex {div n 4096}}, 3, '0') || '-'
                    || substr(md5('%s' || n), 1, 12)}, at, at,
                """ + values + """

                FROM (SELECT n, at, lpad({hex {millis at}}, 12, '0') AS hex
                  FROM (SELECT n, {now} {plus -%d SECOND} {plus n * %d MICROSECOND} AS at FROM {series 0 %d} AS numbers) AS times) AS made
                """)
                .formatted(columns, Integer.toHexString(values.hashCode()), from.toSeconds(), step, jobs - 1)));
    }

    private void execute(String statementText) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            if (sql == TruthSql.MARIADB) {
                statement.execute(
                        "SET SESSION sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT'), time_zone = '+00:00'");
            }
            statement.execute(statementText);
            if (sql == TruthSql.MARIADB) {
                statement.execute("SET SESSION sql_mode = DEFAULT, time_zone = DEFAULT");
            }
        }
    }

    private void workers() {
        List<String> queues = new ArrayList<>();
        queues.add(RETRIED_QUEUE);
        for (int i = 0; i < QUEUES; i++) {
            queues.add(queue(i));
        }
        List<String> types = new ArrayList<>();
        types.add(RETRIED_TYPE);
        types.add("album");
        types.add(RUNNING_TYPE);
        for (int i = 0; i < TYPES; i++) {
            types.add(type(i));
        }
        for (int i = 0; i < WORKERS; i++) {
            UUID id = UUID.fromString(String.format(Locale.ROOT, "00000000-0000-7000-8000-%012x", i));
            store.register(
                    ReadModelFactory.workerInfo(
                            id,
                            String.format(Locale.ROOT, "worker-%03d", i),
                            "host-" + i % 20,
                            i,
                            ReadModelFactory.workerServes(queues, types, false, SLOTS),
                            "0.1.0",
                            null),
                    Duration.ofHours(10));
            store.beat(
                    id,
                    Duration.ofHours(10),
                    ReadModelFactory.workerLoad((RUNNING + WORKERS - 1 - i) / WORKERS, false));
        }
    }

    private static JobOutcomes counted(Instant minute, String queue, String type, Outcome outcome, long jobs) {
        long[] buckets = new long[DurationBuckets.SIZE];
        buckets[3] = jobs;
        return ReadModelFactory.jobOutcomes(
                minute,
                JobOutcomes.MINUTE,
                queue,
                type,
                outcome,
                jobs,
                DurationBuckets.of(buckets),
                DurationBuckets.of(buckets));
    }

    /** Each worker has written each minute what it has counted. */
    private void counts() {
        OutcomeStore counts = store.outcomes().orElseThrow();
        Instant minute = filledAt.truncatedTo(ChronoUnit.MINUTES);
        for (int ago = FIRST_MINUTE; ago >= LAST_MINUTE; ago--) {
            Instant at = minute.minus(ago, ChronoUnit.MINUTES);
            for (int writer = 0; writer < writers; writer++) {
                List<JobOutcomes> attempts = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    int type = (writer * 20 + i) % TYPES;
                    if (!type(type).equals(FAILED_TYPE)) {
                        attempts.add(counted(
                                at, queue(type % QUEUES), type(type), Outcome.COMPLETED, 1 + (writer + ago + i) % 5));
                    }
                }
                List<JobFailures> failed = writer == 0 ? incident(at, ago, attempts) : List.of();
                counts.record(UUID.randomUUID(), attempts, failed);
                outcomes.addAll(attempts);
                failures.addAll(failed);
            }
        }
        counts.rollUp();
    }

    /** What was added up to hours: of each type one row, and of one type also attempts that failed. */
    private void month() throws SQLException {
        int types = (int) Math.min(TYPES, rows / 5_000);
        Instant now = filledAt.truncatedTo(ChronoUnit.HOURS);
        for (int ago = FIRST_HOUR; ago >= LAST_HOUR; ago--) {
            Instant hour = now.minus(ago, ChronoUnit.HOURS);
            for (int type = 0; type < types; type++) {
                hours.add(counted(hour, queue(type % QUEUES), type(type), Outcome.COMPLETED, 100 + (type + ago) % 7));
            }
            hours.add(counted(hour, queue(20), OLD_TYPE, Outcome.RETRIED, RETRIED_EACH_HOUR));
            JobFailures failed = FailureFingerprint.of(
                    new UUID(0x7000, ago),
                    OLD_TYPE,
                    JobError.retryable(OLD_CODE, "The shop answered 500 to request " + ago),
                    false,
                    hour.plusSeconds(60));
            hourlyFailures.add(times(failed, RETRIED_EACH_HOUR, 0));
        }
        String hour = sql.time(now) + " {plus -ago.n HOUR}";
        String ofHour = "{id '00000000-0000-0000-0000-000000000000'}";
        execute(sql.write("""
                INSERT INTO job_minute (minute_at, worker_id, queue, type, outcome, jobs, waits, runs)
                SELECT %1$s, %2$s, %3$s, %4$s, 'completed', %5$s, '0,0,0,' || %5$s, '0,0,0,' || %5$s
                FROM {series %6$d %7$d} AS ago CROSS JOIN {series 0 %8$d} AS types
                UNION ALL SELECT %1$s, %2$s, 'q20', '%9$s', 'retried', %10$d, '0,0,0,%10$d', '0,0,0,%10$d' FROM {series %6$d %7$d} AS ago
                """.formatted(
                        hour,
                        ofHour,
                        name("q", "types.n % " + QUEUES, 2),
                        name("t", "types.n", 3),
                        "(100 + (types.n + ago.n) % 7)",
                        LAST_HOUR,
                        FIRST_HOUR,
                        types - 1,
                        OLD_TYPE,
                        RETRIED_EACH_HOUR)));
        JobFailures first = hourlyFailures.get(0);
        execute(sql.write("""
                INSERT INTO job_failure_minute (minute_at, write_id, fingerprint, type, code, exception_class, message, attempts, jobs, sample_id, first_at, last_at)
                SELECT %1$s, %2$s, '%3$s', '%4$s', '%5$s', NULL, '%6$s', %7$d, 0, '%8$s', %1$s {plus 1 MINUTE}, %1$s {plus 1 MINUTE}
                FROM {series %9$d %10$d} AS ago
                """.formatted(
                        hour,
                        ofHour,
                        first.fingerprint(),
                        OLD_TYPE,
                        OLD_CODE,
                        first.message(),
                        RETRIED_EACH_HOUR,
                        first.sampleId(),
                        LAST_HOUR,
                        FIRST_HOUR)));
    }

    /** Each is due in the night after the next midnight, and has fired. */
    private void schedules() throws SQLException {
        Instant night =
                filledAt.plus(Duration.ofHours(21)).truncatedTo(ChronoUnit.DAYS).plus(Duration.ofHours(3));
        execute(sql.write(
                """
                INSERT INTO job_schedule (name, type, cron, next_at, anchor_at, last_fired_at, fired)
                SELECT %s, %s, '0 3 * * *', %s, {now}, {now} {plus -1 HOUR}, n FROM {series 0 %d} AS numbers""".formatted(name("s", "n", 4), name("t", "n % " + TYPES, 3), sql.time(night), SCHEDULES - 1)));
    }

    /** How many jobs failed for good in a minute. */
    private static int failedIn(int ago) {
        int minutes = FIRST_MINUTE - LAST_MINUTE + 1;
        int each = FAILED / minutes;
        return ago == LAST_MINUTE ? FAILED - each * (minutes - 1) : each;
    }

    private static int retriedIn(int ago) {
        int minutes = FIRST_MINUTE - LAST_MINUTE + 1;
        int each = RETRIED * ATTEMPTS / minutes;
        return ago == LAST_MINUTE ? RETRIED * ATTEMPTS - each * (minutes - 1) : each;
    }

    private static List<JobFailures> incident(Instant at, int ago, List<JobOutcomes> attempts) {
        int failed = failedIn(ago);
        int retried = retriedIn(ago);
        attempts.add(counted(at, "q10", FAILED_TYPE, Outcome.FAILED, failed));
        attempts.add(counted(at, RETRIED_QUEUE, RETRIED_TYPE, Outcome.RETRIED, retried));
        JobFailures refused = FailureFingerprint.of(
                new UUID(0x7000, ago),
                FAILED_TYPE,
                JobError.permanent("http_422", "Order " + ago + " was refused by bank " + ago % 7),
                true,
                at.plusSeconds(1));
        JobFailures away = FailureFingerprint.of(
                new UUID(0x7000, ago), RETRIED_TYPE, JobError.retryable("http_503", AWAY), false, at.plusSeconds(1));
        return List.of(times(refused, failed, failed), times(away, retried, 0));
    }

    private static JobFailures times(JobFailures one, long attempts, long jobs) {
        return new JobFailures(
                one.fingerprint(),
                one.type(),
                one.code(),
                one.exceptionClass(),
                one.message(),
                attempts,
                jobs,
                one.sampleId(),
                one.firstAt(),
                one.lastAt());
    }

    /** The first queue has shrunk by a hundred a minute, the second has grown by forty. */
    private void depths() throws SQLException {
        String minute = sql.time(filledAt.truncatedTo(ChronoUnit.MINUTES)) + " {plus -n MINUTE}";
        execute(sql.write("""
                INSERT INTO job_depth (minute_at, queue, due, is_due_exact, scheduled, is_scheduled_exact, limited, is_limited_exact, waiting, is_waiting_exact)
                SELECT %1$s, '%2$s', %3$d + n * 100, TRUE, 0, TRUE, 0, TRUE, 0, TRUE FROM {series 1 59} AS ago
                UNION ALL SELECT %1$s, '%4$s', %5$d - n * 40, TRUE, 0, TRUE, 0, TRUE, 0, TRUE FROM {series 1 59} AS ago
                """.formatted(minute, queue(0), due.get(queue(0)), queue(1), due.get(queue(1)))));
    }

    /** As a worker does once a minute. Pages show no count of waiting jobs that is older than two. */
    void countDepths() throws SQLException {
        OutcomeStore counts = store.outcomes().orElseThrow();
        int tries = 0;
        do {
            if (tries++ == MOST_TRIES) {
                throw new IllegalStateException("Not all queues were counted to their ends in time");
            }
            counts.recordDepths();
        } while (!areCounted(counts));
    }

    /** A machine that is busy may have had no time for one of the large queues. */
    private boolean areCounted(OutcomeStore counts) throws SQLException {
        Instant minute = now().truncatedTo(ChronoUnit.MINUTES);
        List<QueueDepth> all = counts.depths(minute.minus(Duration.ofMinutes(1)), minute.plus(Duration.ofMinutes(1)));
        return !all.isEmpty()
                && all.stream()
                        .filter(each -> each.at().equals(all.get(all.size() - 1).at()))
                        .allMatch(each -> each.all().isExact());
    }
}
