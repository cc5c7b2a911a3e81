package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.Sql;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ReadModelFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * What triggers of the database have written about starts and ends of jobs, and about keys that were changed, each in the transaction that has done it.
 *
 * <p>The numbers come from one sequence. Whoever starts a job or changes a key holds the lock of the key from before the number is drawn until the commit, so of one key
 * these rows are in the order of commits. An end locks no key: its row may have a number that is lower than that of a start which has not seen this
 * end. So the count of running jobs that follows from the rows is never higher than the true one: what it shows as too many was too many.
 */
final class LimitTrace {
    private static final String START = "+";
    private static final String END = "-";
    /** The limit of a key is changed. */
    static final String CHANGE = "=";
    /** The same, but not written into the row of the key yet. */
    static final String ANNOUNCED = "~";

    private static final int ANY_NUMBER = 1_000_000;

    private static final String COLUMNS =
            " (what, job_id, limits, concurrency, started_us, at_us) VALUES ('%s', %s, %s, %s, %s, %s)";
    private static final String INSERT = "INSERT INTO limit_trace" + COLUMNS + ";";
    private static final String OWN = "CASE WHEN NEW.is_own THEN coalesce(NEW.concurrency, " + ANY_NUMBER + ") END";

    private final DataSource database;

    /** A start, an end or a change. */
    private record Row(String what, String job, String limits, int concurrency, long startedMicros) {}

    /** How much has started when. */
    private record Start(long micros, int cost) {}

    LimitTrace(DataSource database) {
        this.database = database;
    }

    void install(boolean isMariaDb) {
        if (isMariaDb) {
            Sql.run(database, """
                    CREATE TABLE limit_trace (
                      seq BIGINT AUTO_INCREMENT PRIMARY KEY, what CHAR(1), job_id CHAR(36), limits VARCHAR(1000),
                      concurrency INT, started_us BIGINT, at_us BIGINT, INDEX (what))""");
            mariaDb(
                    "UPDATE",
                    "job",
                    mariaEnd("(NEW.status <> 'processing' OR NEW.claim <> OLD.claim)")
                            + mariaStart("(OLD.status <> 'processing' OR NEW.claim <> OLD.claim)"));
            mariaDb("DELETE", "job", mariaEnd("TRUE"));
            mariaDb("INSERT", "job", mariaStart("TRUE"));
            mariaDb("INSERT", "job_limit_key", "IF NEW.is_own THEN " + mariaChange() + " END IF;");
            mariaDb(
                    "UPDATE",
                    "job_limit_key",
                    "IF NOT (NEW.is_own <=> OLD.is_own) OR NOT (NEW.concurrency <=> OLD.concurrency) THEN "
                            + mariaChange() + " END IF;");
            mariaDb("INSERT", "job_limit_change", mariaAnnounced());
            mariaDb("UPDATE", "job_limit_change", mariaAnnounced());
            return;
        }
        Sql.run(database, """
                CREATE TABLE limit_trace (
                  seq bigserial PRIMARY KEY, what text, job_id uuid, limits text, concurrency int, started_us bigint,
                  at_us bigint)""");
        Sql.run(database, "CREATE INDEX ON limit_trace (at_us) WHERE what = '='");
        String at = micros("clock_timestamp()");
        String end = INSERT.formatted(END, "OLD.id", "OLD.limits", "NULL", micros("OLD.started_at"), at);
        String start = INSERT.formatted(START, "NEW.id", "NEW.limits", "NULL", micros("NEW.started_at"), at);
        String change = INSERT.formatted(CHANGE, "NULL", "NEW.limit_key", OWN, "NULL", at);
        postgres("trace_update", "UPDATE", "job", """
                IF OLD.status = 'processing' AND (NEW.status <> 'processing' OR NEW.claim <> OLD.claim) THEN %s END IF;
                IF NEW.status = 'processing' AND (OLD.status <> 'processing' OR NEW.claim <> OLD.claim) THEN %s END IF;
                """.formatted(end, start));
        postgres("trace_delete", "DELETE", "job", "IF OLD.status = 'processing' THEN " + end + " END IF;");
        postgres("trace_insert", "INSERT", "job", "IF NEW.status = 'processing' THEN " + start + " END IF;");
        postgres("trace_new_key", "INSERT", "job_limit_key", "IF NEW.is_own THEN " + change + " END IF;");
        postgres("trace_key", "UPDATE", "job_limit_key", """
                IF NEW.is_own <> OLD.is_own OR NEW.concurrency IS DISTINCT FROM OLD.concurrency THEN %s END IF;
                """.formatted(change));
        String announced = "IF NEW.is_open THEN "
                + INSERT.formatted(ANNOUNCED, "NULL", "NEW.limit_key", OWN, "NULL", at) + " ELSE " + change
                + " END IF;";
        postgres("trace_announced", "INSERT OR UPDATE", "job_limit_change", announced);
    }

    static String micros(boolean isMariaDb, String time) {
        return isMariaDb
                ? "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', " + time + ")"
                : "CAST(extract(epoch FROM " + time + ") * 1000000 AS bigint)";
    }

    private static String micros(String time) {
        return micros(false, time);
    }

    private void postgres(String name, String event, String table, String body) {
        Sql.run(
                database,
                "CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body
                        + " RETURN NULL; END $$");
        Sql.run(
                database,
                "CREATE TRIGGER " + name + " AFTER " + event + " ON " + table + " FOR EACH ROW EXECUTE FUNCTION " + name
                        + "()");
    }

    private void mariaDb(String event, String table, String body) {
        Sql.run(
                database,
                "CREATE TRIGGER trace_" + table + "_" + event + " AFTER " + event + " ON " + table
                        + " FOR EACH ROW BEGIN " + body + " END");
    }

    private static String mariaMicros(String time) {
        return micros(true, time);
    }

    private static String mariaEnd(String condition) {
        return "IF OLD.status = 'processing' AND " + condition + " THEN "
                + INSERT.formatted(
                        END, "OLD.id", "OLD.limits", "NULL", mariaMicros("OLD.started_at"), mariaMicros("SYSDATE(6)"))
                + " END IF;";
    }

    private static String mariaStart(String condition) {
        return "IF NEW.status = 'processing' AND " + condition + " THEN "
                + INSERT.formatted(
                        START, "NEW.id", "NEW.limits", "NULL", mariaMicros("NEW.started_at"), mariaMicros("SYSDATE(6)"))
                + " END IF;";
    }

    private static String mariaChange() {
        return INSERT.formatted(CHANGE, "NULL", "NEW.limit_key", OWN, "NULL", mariaMicros("SYSDATE(6)"));
    }

    private static String mariaAnnounced() {
        return "IF NEW.is_open THEN "
                + INSERT.formatted(ANNOUNCED, "NULL", "NEW.limit_key", OWN, "NULL", mariaMicros("SYSDATE(6)"))
                + " ELSE " + mariaChange() + " END IF;";
    }

    /** Limits that hold without having been declared. */
    static final Set<String> WITHOUT_DECLARATION = Set.of(LimitKey.SEQUENCE, LimitKey.FAIR);

    /** What holds, also for types, sequences and fair keys, by name. */
    static Map<String, Limit> declared() {
        Map<String, Limit> declared = new HashMap<>();
        declared.put(LimitKey.SEQUENCE, ReadModelFactory.limit(LimitKey.SEQUENCE, 1, null, null, 0));
        declared.put(LimitKey.FAIR, Limit.weight(1));
        LimitChaosWorker.LIMITS.forEach(limit -> declared.put(limit.name(), limit));
        declared.put(LimitChaosWorker.TYPE_LIMIT.name(), LimitChaosWorker.TYPE_LIMIT);
        return declared;
    }

    static int concurrency(LimitKey key) {
        Integer concurrency = declared().get(key.limitName()).concurrency();
        return concurrency == null ? ANY_NUMBER : concurrency;
    }

    private List<Row> rows() {
        return Sql.query(
                        database,
                        "SELECT what, job_id, limits, concurrency, started_us FROM limit_trace WHERE limits IS NOT NULL ORDER BY seq")
                .stream()
                .map(row -> new Row(
                        row.get(0),
                        String.valueOf(row.get(1)),
                        row.get(2),
                        row.get(3) == null ? -1 : Integer.parseInt(row.get(3)),
                        row.get(4) == null ? 0 : Long.parseLong(row.get(4))))
                .toList();
    }

    /** What there has been, and what was wrong. */
    record Found(List<String> wrong, long starts, int changes, Map<String, Integer> mostOfRate) {}

    Found check() {
        Map<LimitKey, Set<String>> running = new HashMap<>();
        Map<LimitKey, Integer> changed = new HashMap<>();
        // Not committed yet, perhaps: the one before may still count.
        Map<LimitKey, Integer> announced = new HashMap<>();
        Map<LimitKey, List<Start>> starts = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        long started = 0;
        int changes = 0;
        for (Row row : rows()) {
            if (row.what.equals(CHANGE)) {
                changes++;
                changed.put(LimitKey.parse(row.limits), row.concurrency);
                announced.remove(LimitKey.parse(row.limits));
                continue;
            }
            if (row.what.equals(ANNOUNCED)) {
                announced.put(LimitKey.parse(row.limits), row.concurrency);
                continue;
            }
            started += row.what.equals(START) ? 1 : 0;
            for (JobLimit limit : JobLimit.parse(row.limits)) {
                Set<String> jobs = running.computeIfAbsent(limit.key(), key -> new HashSet<>());
                if (row.what.equals(END)) {
                    jobs.remove(row.job);
                    continue;
                }
                jobs.add(row.job);
                int most =
                        Math.max(held(changed, limit.key(), concurrency(limit.key())), held(announced, limit.key(), 0));
                if (jobs.size() > most) {
                    wrong.add(jobs.size() + " jobs of " + limit.key() + " ran, and its limit was " + most
                            + ", when it was started: " + row);
                }
                starts.computeIfAbsent(limit.key(), key -> new ArrayList<>())
                        .add(new Start(row.startedMicros, limit.cost()));
            }
        }
        Map<String, Integer> most = new TreeMap<>();
        starts.forEach((key, of) -> checkRate(key, of, wrong, most));
        return new Found(wrong, started, changes, most);
    }

    private static int held(Map<LimitKey, Integer> changes, LimitKey key, int otherwise) {
        Integer own = changes.get(key);
        return own == null ? otherwise : own < 0 ? concurrency(key) : own;
    }

    /** In no period, which begins with a start and does not include its end, are there more than the rate allows. */
    private static void checkRate(LimitKey key, List<Start> starts, List<String> wrong, Map<String, Integer> most) {
        Limit limit = declared().get(key.limitName());
        if (limit.starts() == null || limit.period() == null) {
            return;
        }
        long period = limit.period().toNanos() / 1_000;
        List<Start> sorted =
                starts.stream().sorted(Comparator.comparingLong(Start::micros)).toList();
        int from = 0;
        int sum = 0;
        for (Start each : sorted) {
            sum += each.cost;
            while (sorted.get(from).micros <= each.micros - period) {
                sum -= sorted.get(from++).cost;
            }
            most.merge(limit.name(), sum, Math::max);
            if (sum > limit.starts()) {
                wrong.add(sum + " starts of " + key + " in " + limit.period() + ", and its rate is " + limit.starts()
                        + ": "
                        + sorted.stream()
                                .filter(start -> start.micros > each.micros - period && start.micros <= each.micros)
                                .map(start -> start.micros + "*" + start.cost)
                                .collect(Collectors.joining(" ")));
            }
        }
    }
}
