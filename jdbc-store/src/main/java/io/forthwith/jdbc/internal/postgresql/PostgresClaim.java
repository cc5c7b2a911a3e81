package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.limits.ClaimGate;
import io.forthwith.jdbc.internal.limits.LimitedJob;
import io.forthwith.jdbc.internal.limits.Limits;
import io.forthwith.jdbc.internal.limits.ParkedJobs;
import io.forthwith.jdbc.internal.operations.ClaimOrder;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.OvertakenException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.SuspectJobRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Claims jobs with one statement, or with a second one if the first has gone on from a place behind which there are too few. Thread-safe.
 *
 * <p>{@code me} tests the lease, and does not lock the row of the worker: a claim that goes silent must not keep the row from a take-over. So a claim may
 * commit after a take-over has deleted the row. The next look finds its jobs as those of a worker that does not exist; and the worker runs none of them,
 * since by its own clock its lease has ended before.
 *
 * <p>The index of ready jobs is read priority by priority, and only as far as needed: each look starts at the first
 * due job of its priority and stops at the first job that is not due yet. So neither later nor ended jobs cost
 * anything, except those whose entries no vacuum has removed yet. Of a backlog these are many, so most of its claims {@linkplain ClaimPlaces go
 * on} where the one before ended. The status is a literal, since otherwise the partial index could not be used. The rows are updated by an
 * array of ids: for that the planner uses the primary key, with any limit that it expects.
 *
 * <p>{@code served} has the queues that are not paused: one look by the primary key for each queue of the claim, and none
 * for a job. OFFSET keeps the planner from making a join with the whole table of it.
 *
 * <p>A suspect is a job at its last try. It comes from the small index of the jobs that have lost workers; a claim
 * gets at most one, and only if the worker holds none. That is checked only if there is a suspect at all. The first
 * query for suspects names only columns of this index: otherwise, without statistics, the planner would read the
 * whole ready index.
 *
 * <p>Limits and queues are sub-selects. If the planner saw their values, a plan for just these values would look
 * cheaper than the stored one, and it would plan every claim again, which takes longer than the claim.
 *
 * <p>No number in a row may make the statement fail, since it claims other rows as well. Counters stop at their
 * bounds. A claim number at its highest value, which another program may have written, continues at the lowest, and
 * is still a new one.
 *
 * <p>A claim of many jobs leaves large inputs out, since together they could fill the memory. {@link LargeInputs} reads
 * them.
 *
 * <p>Limits. Where a limit is declared, a claim is a transaction of several statements, and {@link ClaimGate} decides. The plain statement gets
 * nothing there; so a claim that finds nothing looks whether there is one, after a hint and now and then.
 *
 * <p>If a worker takes only some types, or leaves some to others, jobs of other types are read and left out: many of them at the front of a
 * queue slow the claim down.
 */
final class PostgresClaim {
    /** Locks the due jobs. In a store with limits a plain claim gets none. */
    private static final String DUE = """
            WITH %5$sme AS MATERIALIZED (
              SELECT true AS alive FROM {job_worker} WHERE id = ? AND lease_until > clock_timestamp()%3$s
            ), served AS MATERIALIZED (
              SELECT ARRAY(
                SELECT wanted FROM unnest((SELECT ?::text[])) AS wanted
                WHERE NOT EXISTS (SELECT 1 FROM {job_queue} AS paused WHERE paused.name = wanted OFFSET 0)) AS queues
            ), suspects AS MATERIALIZED (
              SELECT id, queue, type, %8$s, run_at FROM {job}
              WHERE status = 'pending' AND lost_workers > 0 AND lost_workers >= ? AND (SELECT alive FROM me)
            ), suspect AS MATERIALIZED (
              SELECT id, %8$s, run_at FROM {job}
              WHERE id = (SELECT id FROM suspects
                          WHERE queue = ANY((SELECT queues || ?::text[] FROM served)::text[]) AND run_at <= now()%1$s
                          ORDER BY %6$s LIMIT 1)
                AND status = 'pending' AND run_at <= now()%4$s
              FOR UPDATE SKIP LOCKED
            ), undo AS MATERIALIZED (
              SELECT early.id, early.priority, early.run_at
              FROM unnest((SELECT ?::text[])) AS wanted CROSS JOIN LATERAL (
                SELECT id, %8$s, run_at FROM {job}
                WHERE status = 'pending' AND queue = wanted AND priority = 9 AND run_at <= now() AND lost_workers < ?
                  AND (SELECT alive FROM me)
                ORDER BY run_at, id LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED) AS early LIMIT (SELECT ?::bigint)
            ), due AS MATERIALIZED (
              (SELECT ready.id, ready.priority, ready.run_at
               FROM generate_series(9, 0, -1) AS level CROSS JOIN LATERAL (%2$s) AS ready%7$s LIMIT (SELECT ?::bigint))
              UNION ALL
              SELECT id, priority, run_at FROM undo
              UNION ALL
              SELECT id, priority, run_at FROM suspect
              WHERE (SELECT held.id FROM {job} AS held
                     WHERE held.worker_id = ? AND held.status = 'processing' AND held.lost_workers >= ?
                       AND held.id <> suspect.id LIMIT 1) IS NULL
            )
            """;

    /**
     * In which order a claim takes jobs.
     *
     * @param step the time in which a job gains a priority
     * @param priority the priority of a job that may be an undo job
     * @param jobs the order of jobs
     * @param levels the order of the first jobs of all priorities
     */
    private record Order(String step, String priority, String jobs, String levels) {
        /** By priority: the levels come in this order. */
        static final Order PLAIN = new Order("", "priority", "priority DESC, run_at, id", "");

        /**
         * The time is a number, since a timestamp may overflow. The order of the levels makes a claim lock the first jobs of each, more than it takes.
         * Other claims pass over them for so long.
         */
        static Order aged() {
            String order =
                    "priority < 10, extract(epoch FROM run_at) * 1000000 - priority * (SELECT micros FROM step), id";
            return new Order(
                    "step AS MATERIALIZED (SELECT ?::bigint AS micros), ",
                    "CASE WHEN left(queue, 5) = 'undo:' THEN 10 ELSE priority END AS priority",
                    order,
                    " ORDER BY " + order);
        }
    }

    private static final String RETURNED = JobRowReader.COLUMNS.replace(
                    "input_data", "CASE WHEN pg_column_size(input_data) <= ? THEN input_data END AS input_data")
            + ", pg_column_size(input_data) > ?";

    private static final String RETURNED_PLAIN = RETURNED + ", " + JobRowReader.IS_PLAIN;

    /** What a claim writes into a row. */
    private static final String PROCESSING = """
            status = 'processing', worker_id = ?,
              claim = CASE WHEN claim < 9223372036854775807 THEN claim + 1 ELSE -claim - 1 END,
              attempt = least(greatest(attempt, 0) + 1, 32767),
              progress_message = CASE WHEN postponements = 0 THEN progress_message END,
              started_at = %1$s, updated_at = %1$s
            """;

    private static final String CLAIM =
            DUE + "UPDATE {job} SET " + PROCESSING.formatted("now()") + """
            WHERE id = ANY(ARRAY(SELECT id FROM due ORDER BY %6$s LIMIT (SELECT ?::bigint)))
            RETURNING\s""" + RETURNED_PLAIN;

    private static final String READY = """
            SELECT id, priority, run_at FROM {job}
            WHERE status = 'pending' AND queue = %2$s AND priority = level AND run_at <= now()%4$s AND lost_workers < ?%1$s
              AND (SELECT alive FROM me)%3$s
            ORDER BY run_at, id LIMIT (SELECT ?::bigint) FOR UPDATE SKIP LOCKED""";

    /** With the columns of the index in its order, so the look starts there. */
    private static final String FROM_PLACE =
            " AND (run_at, id) >= ((SELECT ?::text[]::timestamptz[])[level + 1], (SELECT ?::uuid[])[level + 1])";

    /** A job under a limit is not for a plain claim. */
    private static final String WITHOUT_LIMITS = " AND limits IS NULL";

    private static final String UNLIMITED =
            " AND (SELECT name FROM {job_limit} WHERE name >= '' ORDER BY name LIMIT 1) IS NULL";

    /** The jobs that {@link ClaimGate} decides about. */
    private static final String PICK = DUE + "SELECT " + LimitedJob.READY + " FROM {job} " + """
            WHERE id = ANY(ARRAY(SELECT id FROM due ORDER BY %6$s LIMIT (SELECT ?::bigint)))""";

    /**
     * The jobs start at the time that counts for their rates. The transaction began earlier. A text of limits that nobody can read stays for those who mend it, unless it is so long
     * that the index of running jobs under limits may refuse it.
     */
    private static final String START = "UPDATE {job} AS job SET " + PROCESSING.formatted("s.at")
            + """
            , run_at = coalesce(due_at, run_at), due_at = NULL, parked_under = NULL, parked_rank = NULL,
              limits = CASE WHEN s.under = 'unreadable:limits' AND octet_length(job.limits) <= 1200 THEN job.limits ELSE s.under END
            FROM (SELECT unnest(?::uuid[]) AS start, unnest(?::text[]) AS under, ?::timestamptz AS at) AS s WHERE job.id = s.start
              AND coalesce(CAST((%s) AS boolean), TRUE)
            RETURNING\s""".formatted(ClaimGate.UNSEEN_CHANGE) + RETURNED;

    /** The key of an {@linkplain ClaimGate#UNSEEN_CHANGE unseen change} is no boolean, so the starting statement fails. */
    private static final String INVALID_TEXT = "22P02";

    private static final String IS_SERVED = " AND (SELECT queues <> '{}' FROM served)";

    /** Locks up to the limit in each queue, and takes the earliest of them. */
    private static final String READY_IN_QUEUES = """
            SELECT early.id, early.priority, early.run_at
            FROM unnest((SELECT queues FROM served)) AS wanted CROSS JOIN LATERAL (%s) AS early ORDER BY early.run_at, early.id LIMIT (SELECT ?::bigint)""";

    /** A declared limit, an open job of a sequence, a job that waits for its turn, or one that is ready. */
    private static final String ANY_LIMITS = """
            SELECT 1 FROM ((SELECT 1 AS one FROM {job_limit} WHERE name >= '' ORDER BY name LIMIT 1) UNION ALL
              (SELECT 1 FROM {job} WHERE {open_sequence} > '' ORDER BY sequence_key LIMIT 1) UNION ALL
              (""" + ParkedJobs.ANY_FAIR + ")%s) AS any_of_these LIMIT 1";

    /** Plain claims pass over jobs under limits, so one that is ready comes to be the first of its queue and priority. */
    private static final String READY_UNDER_LIMITS = """
             UNION ALL
              (SELECT 1 FROM (
                 SELECT wanted FROM unnest((SELECT ?::text[])) AS wanted
                 WHERE NOT EXISTS (SELECT 1 FROM {job_queue} AS paused WHERE paused.name = wanted OFFSET 0)) AS served
               CROSS JOIN generate_series(0, 9) AS level CROSS JOIN LATERAL (
                 SELECT limits FROM {job}
                 WHERE status = 'pending' AND queue = wanted AND priority = level AND run_at <= now()
                 ORDER BY run_at, id LIMIT 1) AS head
               WHERE head.limits IS NOT NULL LIMIT 1)""";

    private static final String OF_TYPES = " AND type = ANY((SELECT ?::text[])::text[])";

    /** Queue and type as one text. The queue is one of the claim, so the first line break ends it. */
    private static final String NOT_LEFT_TO_OTHERS = " AND queue || chr(10) || type <> ALL((SELECT ?::text[])::text[])";

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final LargeInputs inputs;
    private final Limits limits;
    private final ClaimGate gate;
    private final ClaimPlaces places = new ClaimPlaces(System::nanoTime);
    private final Form claim;
    private final StatementText claimFrom;
    private final Form agedClaim;
    private final Form pick;
    private final Form agedPick;
    private final StatementText hasLimits;
    private final StatementText start;

    PostgresClaim(SqlDialect dialect, JobRowReader rows, Limits limits) {
        this.dialect = dialect;
        this.rows = rows;
        this.inputs = new LargeInputs(dialect);
        this.limits = limits;
        this.gate = limits.gate();
        this.claim = Form.of(dialect, CLAIM, UNLIMITED, WITHOUT_LIMITS, Order.PLAIN);
        this.claimFrom = Form.statement(
                dialect,
                CLAIM,
                "",
                READY.formatted(WITHOUT_LIMITS, "?", IS_SERVED, FROM_PLACE),
                UNLIMITED,
                WITHOUT_LIMITS,
                Order.PLAIN);
        this.agedClaim = Form.of(dialect, CLAIM, UNLIMITED, WITHOUT_LIMITS, Order.aged());
        this.pick = Form.of(dialect, PICK, "", "", Order.PLAIN);
        this.agedPick = Form.of(dialect, PICK, "", "", Order.aged());
        this.hasLimits = dialect.sql(ANY_LIMITS.formatted(READY_UNDER_LIMITS));
        this.start = dialect.sql(START);
    }

    /** A statement for one queue and for several, of all types, of some, and of all but some. */
    private record Form(
            StatementText oneQueue,
            StatementText queues,
            StatementText typesOfOneQueue,
            StatementText typesOfQueues,
            StatementText restOfOneQueue,
            StatementText restOfQueues) {
        /**
         * @param ofWorker a condition on the row of the worker
         * @param ofJob a condition on each job
         */
        static Form of(SqlDialect dialect, String text, String ofWorker, String ofJob, Order order) {
            return new Form(
                    oneQueue(dialect, text, ofWorker, ofJob, "", order),
                    queues(dialect, text, ofWorker, ofJob, "", order),
                    oneQueue(dialect, text, ofWorker, ofJob, OF_TYPES, order),
                    queues(dialect, text, ofWorker, ofJob, OF_TYPES, order),
                    oneQueue(dialect, text, ofWorker, ofJob, NOT_LEFT_TO_OTHERS, order),
                    queues(dialect, text, ofWorker, ofJob, NOT_LEFT_TO_OTHERS, order));
        }

        private static StatementText oneQueue(
                SqlDialect dialect, String text, String ofWorker, String ofJob, String types, Order order) {
            String ready = READY.formatted(types + ofJob, "?", IS_SERVED, "");
            return statement(dialect, text, types, ready, ofWorker, ofJob, order);
        }

        private static StatementText queues(
                SqlDialect dialect, String text, String ofWorker, String ofJob, String types, Order order) {
            String ready = READY_IN_QUEUES.formatted(READY.formatted(types + ofJob, "wanted", "", ""));
            return statement(dialect, text, types, ready, ofWorker, ofJob, order);
        }

        private static StatementText statement(
                SqlDialect dialect,
                String text,
                String types,
                String ready,
                String ofWorker,
                String ofJob,
                Order order) {
            return dialect.sql(text.formatted(
                    types, ready, ofWorker, ofJob, order.step(), order.jobs(), order.levels(), order.priority()));
        }

        StatementText of(ClaimRequest request) {
            boolean isOne = request.queues().size() == 1;
            if (request.onlyTypes()) {
                return isOne ? typesOfOneQueue : typesOfQueues;
            }
            return request.leftToOthers().isEmpty() ? isOne ? oneQueue : queues : isOne ? restOfOneQueue : restOfQueues;
        }
    }

    /**
     * The jobs of a claim.
     *
     * @param hasReadied whether other jobs have become ready for other workers
     */
    record Claimed(LargeInputs.Claimed jobs, boolean hasReadied) {}

    Claimed claim(Database database, ClaimRequest request) {
        String what = "claim jobs for worker " + request.workerId();
        if (!limits.areDeclared() && limits.takesLook() && hasLimits(database, request, what)) {
            limits.declared();
        }
        if (!limits.areDeclared()) {
            Set<UUID> late = new HashSet<>();
            List<Job> claimed = claimPlain(database, request, what, late);
            if (!claimed.isEmpty() || !limits.takesHint() || !hasLimits(database, request, what)) {
                return new Claimed(withInputs(database, request, claimed, late), false);
            }
            limits.declared();
        }
        return claimLimited(database, request, what);
    }

    private List<Job> claimPlain(Database database, ClaimRequest request, String what, Set<UUID> late) {
        ClaimPlaces.Place place = places.of(request);
        if (place == null) {
            long began = places.now();
            List<Job> claimed = database.once(
                    what,
                    session -> session.query(
                            (request.ageing() == null ? claim : agedClaim).of(request),
                            binder -> bindInputs(bindDue(binder, request, request.atMost(), true, null), request),
                            new ClaimedRows(request.workerId(), late)));
            places.claimedFromStart(began, request, claimed);
            return claimed;
        }
        List<Job> claimed = new ArrayList<>(database.once(
                what,
                session -> session.query(
                        claimFrom,
                        binder -> bindInputs(bindDue(binder, request, request.atMost(), true, place), request),
                        new ClaimedRows(request.workerId(), late))));
        places.claimedFrom(place, request, claimed);
        if (claimed.size() < request.atMost()) {
            try {
                claimed.addAll(claimPlain(database, forRest(request, claimed.size()), what, late));
            } catch (JobStoreException failed) {
                // Of a claim whose answer is lost, the worker has to hear: it looks what it holds then.
                if (claimed.isEmpty() || failed.kind() != JobStoreException.Kind.TRANSIENT) {
                    throw failed;
                }
            }
        }
        return claimed;
    }

    private static ClaimRequest forRest(ClaimRequest request, int claimed) {
        return new ClaimRequest(
                request.workerId(),
                request.queues(),
                request.atMost() - claimed,
                request.types(),
                request.lostWorkersCap(),
                request.onlyTypes(),
                request.ageing(),
                request.leftToOthers());
    }

    private boolean hasLimits(Database database, ClaimRequest request, String what) {
        return database.read(
                what,
                session -> session.first(hasLimits, binder -> binder.texts(request.queues()), row -> true)
                        .isPresent());
    }

    private LargeInputs.Claimed withInputs(Database database, ClaimRequest request, List<Job> claimed, Set<UUID> late) {
        // RETURNING has no order.
        List<Job> sorted = claimed.stream().sorted(ClaimOrder.of(request)).toList();
        if (late.isEmpty()) {
            return new LargeInputs.Claimed(sorted, List.of());
        }
        LargeInputs.Claimed read = inputs.read(database, sorted, late);
        if (!read.tooMuch().isEmpty()) {
            places.forget(request);
        }
        return read;
    }

    private Claimed claimLimited(Database database, ClaimRequest request, String what) {
        Set<UUID> late = new HashSet<>();
        ClaimGate.Claimed claimed = gate.claim(
                database,
                request,
                what,
                (session, most) -> gate.claim(session, request, most, new Hands(session, request, late)));
        return new Claimed(withInputs(database, request, claimed.jobs(), late), claimed.hasReadied());
    }

    /** Locks with one statement and starts with one. */
    private final class Hands implements ClaimGate.Hands {
        private final Session session;
        private final ClaimRequest request;
        private final Set<UUID> late;

        private Hands(Session session, ClaimRequest request, Set<UUID> late) {
            this.session = session;
            this.request = request;
            this.late = late;
        }

        @Override
        public ClaimGate.Picked pick(int most, Set<UUID> seen) {
            int looked = Math.min(ClaimRequest.MOST_JOBS, most + seen.size());
            Session.Query<LimitedJob> query = new Session.Query<>(
                    (request.ageing() == null ? pick : agedPick).of(request),
                    binder -> bindDue(binder, request, looked, false, null),
                    row -> LimitedJob.read(dialect, row));
            return new ClaimGate.Picked(
                    List.of(query),
                    () -> query.rows().stream()
                            .filter(job -> !seen.contains(job.id()))
                            .toList());
        }

        @Override
        public List<Job> start(ClaimGate.Decision decision, boolean isLast) throws SQLException {
            List<Map.Entry<UUID, List<JobLimit>>> starts =
                    List.copyOf(decision.starts().entrySet());
            Session.Query<Job> query = new Session.Query<>(
                    start,
                    binder -> bindInputs(
                            binder.id(request.workerId())
                                    .ids(starts, Map.Entry::getKey)
                                    .texts(starts, each -> JobLimit.text(each.getValue()))
                                    .time(decision.now())
                                    .texts(decision.keys(), LimitKey::text)
                                    .texts(decision.seenChanges()),
                            request),
                    row -> job(row, late));
            List<Session.Query<?>> all = new ArrayList<>(decision.last());
            all.add(query);
            try {
                session.ask(all, isLast);
            } catch (SQLException failed) {
                throw INVALID_TEXT.equals(failed.getSQLState())
                        ? new OvertakenException("A limit was changed meanwhile", failed)
                        : failed;
            }
            return query.rows();
        }
    }

    /** Reads the rows of one run of a claim, all of which have started at the same time. */
    private final class ClaimedRows implements Session.Row<Job> {
        private final UUID workerId;
        private final Set<UUID> late;
        private @Nullable Instant startedAt;

        ClaimedRows(UUID workerId, Set<UUID> late) {
            this.workerId = workerId;
            this.late = late;
        }

        @Override
        public @Nullable Job read(ResultSet row) throws SQLException {
            Instant started = startedAt;
            if (started == null || !row.getBoolean(JobRowReader.COUNT + 2)) {
                Job job = job(row, late);
                startedAt = job == null ? started : job.startedAt();
                return job;
            }
            Job job = rows.claimed(row, workerId, started);
            return note(job, row, late);
        }
    }

    private @Nullable Job job(ResultSet row, Set<UUID> late) throws SQLException {
        return note(rows.job(row), row, late);
    }

    private static @Nullable Job note(@Nullable Job job, ResultSet row, Set<UUID> late) throws SQLException {
        if (job != null && row.getBoolean(JobRowReader.COUNT + 1)) {
            late.add(job.id());
        }
        return job;
    }

    /**
     * @param most the most jobs
     * @param claims whether they are also claimed
     * @param from where it starts; null for the start of the queue
     */
    private static Binder bindDue(
            Binder binder, ClaimRequest request, int most, boolean claims, ClaimPlaces.@Nullable Place from)
            throws SQLException {
        int suspect = SuspectJobRule.lastTryFrom(request);
        List<String> undoQueues = request.undoQueues();
        if (request.ageing() != null) {
            binder.micros(request.ageing());
        }
        binder.id(request.workerId()).texts(request.queues()).number(suspect).texts(undoQueues);
        bindTypes(binder, request);
        binder.texts(undoQueues).number(suspect).number(most).number(most);
        if (request.queues().size() == 1) {
            binder.text(request.queues().get(0));
            if (from != null) {
                binder.texts(from.times()).ids(from.ids());
            }
            binder.number(suspect);
            bindTypes(binder, request);
            binder.number(most);
        } else {
            binder.number(suspect);
            bindTypes(binder, request);
            binder.number(most).number(most);
        }
        binder.number(most).id(request.workerId()).number(suspect);
        return claims ? binder.id(request.workerId()).number(most) : binder.number(most);
    }

    private static Binder bindInputs(Binder binder, ClaimRequest request) throws SQLException {
        long most = LargeInputs.mostBytes(request.atMost());
        return binder.number(most).number(most);
    }

    private static void bindTypes(Binder binder, ClaimRequest request) throws SQLException {
        if (request.onlyTypes()) {
            binder.texts(request.typesTaken());
        } else if (!request.leftToOthers().isEmpty()) {
            binder.texts(request.leftToOthers().stream()
                    .map(left -> left.queue() + "\n" + left.type())
                    .sorted()
                    .toList());
        }
    }
}
