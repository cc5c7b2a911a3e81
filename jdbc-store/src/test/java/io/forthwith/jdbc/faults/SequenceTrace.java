package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.Sql;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * What triggers of the database have written about the jobs of sequences, each in the transaction that has done it, and what those who added or retried jobs have
 * written when their calls had returned. {@link LimitTrace} says whether two of a sequence ran at the same moment.
 *
 * <p>A job stands in the way while it is pending or processing, or has failed and blocks. The claim that starts job B looks which job is first, before it writes
 * that B starts. B was passed by nobody wrongly if no job A of a lower place was in the way at this look. The trace proves that A was:
 *
 * <ul>
 *   <li>A has not left the way at that look, if no row before the start of B says that it has left: such a row is written before the commit. From pending to
 *       processing and on to failed it stays in the way, so it does not matter when these were committed.
 *   <li>A was in the way already, if one of these was committed before the look: a start of A, which held the lock of the key that the claim of B took before its
 *       look; or the call that added or retried A, if it had returned before B was inserted (who sees B sees A), before the last start of the sequence (which had
 *       the lock of the key), or, on PostgreSQL, before the transaction of the claim began.
 * </ul>
 *
 * <p>So what it finds is wrong, whatever the numbers of other rows say. It misses a start that passes a job which was added or retried by a call at the same moment, or by
 * one whose caller was killed, if that job has not started yet; and one that passes a job which leaves the way at that moment.
 *
 * <p>The transaction in which a job of {@code CANCEL_REST} fails looks for the jobs behind it after the last start of that job. So it sees each open job
 * whose call, the one that has added it or has retried it when it had ended, had returned before that start. Such a job must not start again before it has ended.
 * A parent that waits for its children is not in the way: a claim may start the job behind it between the row of the parent's failure and the look of that transaction, which then
 * finds a job that runs, and cancels it. So a parent that fails while it waits proves nothing.
 */
final class SequenceTrace {
    /** A call that added jobs has returned. */
    static final String ADDED = "A";
    /** A call that retried a job has returned. */
    static final String RETRIED = "R";

    static final String CHANGE = "C";

    private static final String CLAIMS = "OLD.status <> 'processing' OR NEW.claim <> OLD.claim";
    private static final String CHANGED =
            "NEW.sequence_key IS NOT NULL AND (NEW.status <> OLD.status OR NEW.claim <> OLD.claim OR NEW.sequence_failure <> OLD.sequence_failure)";
    private static final String COLUMNS =
            "(what, job_id, sequence_key, place, policy, was, becomes, claims, began_us, at_us)";

    private final DataSource database;

    record Row(
            long seq,
            String what,
            String job,
            String key,
            long place,
            String policy,
            String was,
            String becomes,
            boolean isClaim,
            long began,
            long at) {
        boolean isStart() {
            return "processing".equals(becomes) && isClaim;
        }

        boolean isFailure() {
            return "failed".equals(becomes) && !"failed".equals(was);
        }

        /** Whether the job stands in the way from now on. */
        boolean isInTheWay() {
            return "pending".equals(becomes)
                    || "processing".equals(becomes)
                    || ("failed".equals(becomes) && "block".equals(policy));
        }
    }

    /** A job as the rows up to now say. Not thread-safe. */
    private static final class Traced {
        private final String id;
        private final long place;
        private final long inserted;
        private String status = "";
        private boolean isInTheWay;
        private boolean hasLeft;
        private boolean hasStarted;
        /** The kind of the call that has put it into the way; none if it has joined after its predecessors. */
        private String putBy = "";
        /** When that call had returned; 0 if nobody says so. */
        private long returned;

        private long returnedAt;
        /** Its last start since it stands in the way. */
        private long started;
        /** The kind of the call that has made it an open job. */
        private String openedBy = "";
        /** When that call had returned; 0 if nobody says so. */
        private long openingReturned;

        private long openingReturnedAt;
        /** The job behind which it was to be cancelled, until it ends. */
        private String cancelledBy = "";

        Traced(Row row) {
            this.id = row.job;
            this.place = row.place;
            this.inserted = row.seq;
        }

        void returned(Row row) {
            if (isOpen() && row.what.equals(openedBy)) {
                openingReturned = row.seq;
                openingReturnedAt = row.at;
            }
            if (isInTheWay && row.what.equals(putBy)) {
                returned = row.seq;
                returnedAt = row.at;
            }
        }

        void change(Row row) {
            boolean was = isInTheWay;
            boolean wasOpen = isOpen();
            isInTheWay = row.isInTheWay();
            status = row.becomes == null ? "" : row.becomes;
            if (isOpen() && !wasOpen) {
                openedBy = row.was == null ? ADDED : RETRIED;
                openingReturned = 0;
            }
            if (!isOpen()) {
                cancelledBy = "";
            }
            if (isInTheWay && !was) {
                putBy = row.was == null ? ADDED : "waiting".equals(row.was) ? "" : RETRIED;
                returned = 0;
                started = 0;
            }
            hasLeft |= was && !isInTheWay;
        }

        boolean isOpen() {
            return List.of("pending", "processing", "waiting").contains(status);
        }
    }

    /** A sequence as the rows up to now say. */
    private static final class Sequence {
        private final NavigableMap<Long, Traced> jobs = new TreeMap<>();
        private long lastStart;
    }

    SequenceTrace(DataSource database) {
        this.database = database;
    }

    void install(boolean isMariaDb) {
        if (isMariaDb) {
            Sql.run(database, """
                    CREATE TABLE sequence_trace (
                      seq BIGINT AUTO_INCREMENT PRIMARY KEY, what CHAR(1), job_id CHAR(36), sequence_key VARCHAR(128), place BIGINT,
                      policy VARCHAR(20), was VARCHAR(20), becomes VARCHAR(20), claims BOOLEAN, began_us BIGINT, at_us BIGINT)""");
            mariaDb("INSERT", "NEW.sequence_key IS NOT NULL", values("NEW", "NULL", "NEW.status", "TRUE", "NULL"));
            mariaDb("UPDATE", CHANGED, values("NEW", "OLD.status", "NEW.status", CLAIMS, "NULL"));
            mariaDb("DELETE", "OLD.sequence_key IS NOT NULL", values("OLD", "OLD.status", "NULL", "FALSE", "NULL"));
        } else {
            Sql.run(database, """
                    CREATE TABLE sequence_trace (
                      seq bigserial PRIMARY KEY, what text, job_id uuid, sequence_key text, place bigint, policy text, was text,
                      becomes text, claims boolean, began_us bigint, at_us bigint DEFAULT %s)""".formatted(LimitTrace.micros(false, "clock_timestamp()")));
            String began = LimitTrace.micros(false, "transaction_timestamp()");
            postgres("INSERT", "NEW.sequence_key IS NOT NULL", values("NEW", "NULL", "NEW.status", "true", began));
            postgres("UPDATE", CHANGED, values("NEW", "OLD.status", "NEW.status", CLAIMS, began));
            postgres("DELETE", "OLD.sequence_key IS NOT NULL", values("OLD", "OLD.status", "NULL", "false", began));
        }
    }

    private static String values(String row, String was, String becomes, String claims, String began) {
        String clock = began.equals("NULL")
                ? LimitTrace.micros(true, "SYSDATE(6)")
                : LimitTrace.micros(false, "clock_timestamp()");
        return "INSERT INTO sequence_trace " + COLUMNS + " VALUES ('" + CHANGE + "', " + row + ".id, " + row
                + ".sequence_key, " + row + ".sequence_place, " + row + ".sequence_failure, " + was + ", " + becomes
                + ", " + claims + ", " + began + ", " + clock + ");";
    }

    private void mariaDb(String event, String condition, String insert) {
        Sql.run(
                database,
                "CREATE TRIGGER sequence_" + event + " AFTER " + event + " ON job FOR EACH ROW BEGIN IF " + condition
                        + " THEN " + insert + " END IF; END");
    }

    private void postgres(String event, String condition, String insert) {
        String name = "sequence_" + event;
        Sql.run(
                database,
                "CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + insert
                        + " RETURN NULL; END $$");
        Sql.run(
                database,
                "CREATE TRIGGER " + name + " AFTER " + event + " ON job FOR EACH ROW WHEN (" + condition
                        + ") EXECUTE FUNCTION " + name + "()");
    }

    /** A call has returned. */
    static void returned(DataSource database, String what, Collection<UUID> jobs) {
        if (!jobs.isEmpty()) {
            Sql.run(
                    database,
                    "INSERT INTO sequence_trace (what, job_id) VALUES "
                            + jobs.stream()
                                    .map(id -> "('" + what + "', '" + id + "')")
                                    .collect(Collectors.joining(", ")));
        }
    }

    private List<Row> rows() {
        return Sql.query(
                        database,
                        "SELECT seq, " + COLUMNS.substring(1, COLUMNS.length() - 1)
                                + " FROM sequence_trace ORDER BY seq")
                .stream()
                .map(row -> new Row(
                        number(row.get(0)),
                        row.get(1),
                        row.get(2),
                        row.get(3),
                        number(row.get(4)),
                        row.get(5),
                        row.get(6),
                        row.get(7),
                        List.of("t", "1").contains(String.valueOf(row.get(8))),
                        number(row.get(9)),
                        number(row.get(10))))
                .toList();
    }

    private static long number(String text) {
        return text == null ? 0 : Long.parseLong(text);
    }

    /**
     * What there has been, and what was wrong.
     *
     * @param contended starts for which others of the sequence had to wait
     * @param unproven starts that have passed a job of which nothing proves that it was in the way
     * @param rests jobs that were to be cancelled behind one that has failed
     */
    record Found(
            List<String> wrong, int sequences, long starts, long contended, long unproven, long failures, int rests) {
        @Override
        public String toString() {
            return sequences + " sequences, " + starts + " starts, while others waited " + contended
                    + ", past jobs that may not have been there " + unproven + ", " + failures + " failures, " + rests
                    + " jobs cancelled behind them";
        }
    }

    /** @param inOrder jobs of a sequence that one thread has added by one call after the other, in this order, by sequence */
    Found check(Map<String, List<UUID>> inOrder) {
        return check(rows(), inOrder);
    }

    static Found check(List<Row> rows, Map<String, List<UUID>> inOrder) {
        return new Check(inOrder).run(rows);
    }

    /** Not thread-safe. */
    private static final class Check {
        private final Map<String, Sequence> sequences = new HashMap<>();
        private final Map<String, Traced> jobs = new HashMap<>();
        private final Map<String, String> sequenceOf = new HashMap<>();
        private final Map<String, Integer> turns = new HashMap<>();
        private final List<String> wrong = new ArrayList<>();
        private long starts;
        private long contended;
        private long unproven;
        private long failures;
        private final Set<String> rests = new HashSet<>();
        private List<Row> rows = List.of();

        Check(Map<String, List<UUID>> inOrder) {
            inOrder.values().forEach(list -> {
                for (UUID id : list) {
                    turns.put(id.toString(), turns.size());
                }
            });
        }

        Found run(List<Row> all) {
            rows = all;
            for (Row row : all) {
                if (row.what.equals(CHANGE)) {
                    change(row);
                } else if (jobs.containsKey(row.job)) {
                    jobs.get(row.job).returned(row);
                }
            }
            checkPlaces();
            return new Found(wrong, sequences.size(), starts, contended, unproven, failures, rests.size());
        }

        private void change(Row row) {
            Sequence sequence = sequences.computeIfAbsent(row.key, key -> new Sequence());
            Traced job = jobs.computeIfAbsent(row.job, id -> new Traced(row));
            sequenceOf.put(row.job, row.key);
            sequence.jobs.put(job.place, job);
            if (row.isStart()) {
                starts++;
                checkStart(row, job, sequence);
            }
            if (row.isFailure()) {
                failures++;
                if ("cancel_rest".equals(row.policy) && !"waiting".equals(row.was)) {
                    cancelRest(row, job, sequence);
                }
            }
            job.change(row);
            if (row.isStart()) {
                job.started = row.seq;
                job.hasStarted = true;
                sequence.lastStart = row.seq;
            }
        }

        private void checkStart(Row row, Traced job, Sequence sequence) {
            if (!job.cancelledBy.isEmpty()) {
                wrong.add("started, and was to be cancelled with the rest behind " + job.cancelledBy + ": " + row
                        + ", of " + history(job.id, job.cancelledBy));
            }
            boolean hasPassed = false;
            for (Traced before : sequence.jobs.headMap(job.place).values()) {
                if (before.isInTheWay) {
                    if (wasInTheWay(before, job, row, sequence)) {
                        wrong.add("started before " + before.id + " of the lower place " + before.place + ", "
                                + before.status + ", inserted by " + before.inserted + ", returned by "
                                + before.returned + ", started by " + before.started + ": " + row + ", of "
                                + history(job.id, before.id));
                    }
                    hasPassed = true;
                }
            }
            unproven += hasPassed ? 1 : 0;
            contended +=
                    sequence.jobs.tailMap(job.place, false).values().stream().anyMatch(other -> other.isInTheWay)
                            ? 1
                            : 0;
            checkTurn(row, job, sequence);
        }

        private String history(String one, String other) {
            return rows.stream()
                    .filter(row -> row.job.equals(one) || row.job.equals(other))
                    .map(row -> "\n  " + row)
                    .collect(Collectors.joining());
        }

        private static boolean wasInTheWay(Traced before, Traced job, Row start, Sequence sequence) {
            long returned = before.returned;
            boolean hadReturned = returned > 0
                    && (returned < job.inserted
                            || returned < sequence.lastStart
                            || (start.began > 0 && before.returnedAt < start.began));
            return before.started > 0 || hadReturned;
        }

        /** By the order of calls alone, whatever the places are. */
        private void checkTurn(Row row, Traced job, Sequence sequence) {
            Integer turn = turns.get(job.id);
            if (turn == null || job.hasStarted) {
                return;
            }
            for (Traced other : sequence.jobs.values()) {
                Integer earlier = turns.get(other.id);
                if (earlier != null && earlier < turn && other.isInTheWay && !other.hasLeft && !other.hasStarted) {
                    wrong.add("started for the first time before " + other.id
                            + ", which the same thread had added before: " + row);
                }
            }
        }

        private void cancelRest(Row row, Traced job, Sequence sequence) {
            for (Traced behind : sequence.jobs.tailMap(job.place, false).values()) {
                boolean wasBeforeStart = behind.openingReturned < job.started;
                boolean wasBefore = wasBeforeStart || (row.began > 0 && behind.openingReturnedAt < row.began);
                boolean wasSeen = behind.openingReturned > 0 && wasBefore;
                if (behind.isOpen() && wasSeen) {
                    behind.cancelledBy = job.id;
                    rests.add(behind.id);
                }
            }
        }

        private void checkPlaces() {
            Map<String, Traced> last = new HashMap<>();
            turns.entrySet().stream().sorted(Map.Entry.comparingByValue()).forEach(turn -> {
                Traced job = jobs.get(turn.getKey());
                if (job != null) {
                    Traced before = last.put(sequenceOf.get(job.id), job);
                    if (before != null && before.place >= job.place) {
                        wrong.add(job.id + " has the place " + job.place + " and was added after " + before.id
                                + ", whose place is " + before.place);
                    }
                }
            });
        }
    }
}
