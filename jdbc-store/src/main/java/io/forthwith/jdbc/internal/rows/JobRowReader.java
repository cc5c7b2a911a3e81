package io.forthwith.jdbc.internal.rows;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.UniqueKey;
import io.forthwith.internal.SafeText;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.rules.MetadataJson;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of jobs, failures and steps. Any program may write to the tables: a value without a meaning is read as
 * none, and a row without a usable id or status is left out and logged once. Thread-safe.
 */
public final class JobRowReader {
    /** The columns of {@link #job}, in its order. */
    public static final String COLUMNS = """
            id, parent_id, user_id, project_id, type, queue, priority, unique_key, max_attempts, status, claim, worker_id,
            attempt, lost_workers, postponements, postponed_since, progress, current_step, total_steps, progress_message,
            input_data, result_data, error_message, error_kind, error_code, created_at, run_at, started_at, completed_at,
            cancel_requested_at, updated_at, time_limit_ms, locale, has_undo, undoes, position, sealed, on_child_failure,
            cancel_siblings, on_predecessor_failure, has_successors, metadata, trace_context, start_key, period_key, expires_at,
            limits, due_at, sequence_key, sequence_place, sequence_failure""";

    /** Whether a row that was just claimed has nothing that {@link #claimed} leaves out; on PostgreSQL. */
    public static final String IS_PLAIN = """
            num_nonnulls(parent_id, user_id, project_id, unique_key, max_attempts, postponed_since, total_steps, progress_message,
              result_data, error_message, error_kind, error_code, completed_at, cancel_requested_at, time_limit_ms, locale, undoes,
              position, sealed, on_child_failure, on_predecessor_failure, metadata, trace_context, start_key, period_key, expires_at,
              limits, due_at, sequence_key, sequence_place, sequence_failure) = 0
            AND lost_workers = 0 AND postponements = 0 AND progress = 0 AND current_step = 0
            AND NOT (has_undo OR cancel_siblings OR has_successors)""";

    /**
     * The same without input and result, which may be large: an operation that changes the status of a job does not need
     * them. Only the result of a finisher is read, because its parent gets it.
     */
    public static final String COLUMNS_WITHOUT_TEXT = COLUMNS.replace("input_data", "CAST(NULL AS CHAR)")
            .replace("result_data", "CASE WHEN position = 0 THEN result_data END");

    /** The same without input and result, and with names, for lists of jobs that people look at. */
    static final String SLIM_COLUMNS = COLUMNS.replace("input_data", "CAST(NULL AS CHAR) AS input_data")
            .replace("result_data", "CAST(NULL AS CHAR) AS result_data");

    /** Whether {@link #COLUMNS_WITHOUT_TEXT} leave a result out. */
    public static final String HAS_UNREAD_RESULT = "result_data IS NOT NULL AND coalesce(position, 1) > 0";

    /** Stands for a result that is there and was not read. It is no JSON, so no result is equal to it. */
    public static final String UNREAD = "unread";

    /** The number of these columns. */
    public static final int COUNT = 51;

    /** The columns of {@link #failure}, in its order. */
    static final String FAILURE_COLUMNS =
            "job_id, claim, attempt, kind, code, message, exception_class, trace, worker_id, started_at, failed_at";

    /** The columns of {@link #step}, in its order. */
    public static final String STEP_COLUMNS =
            "job_id, claim, name, part, position, has_undo, result_data, started_at, finished_at,"
                    + " undo_job_id, undone_at";

    /** How many columns these are. */
    public static final int STEP_COUNT = 11;

    private static final StoreLogger LOG = StoreLogger.INSTANCE;
    private static final Duration LONGEST_LIMIT = Duration.ofDays(365);
    private static final int MOST_REMEMBERED = 1_000;
    private static final int MOST_SHOWN = 200;

    private final SqlDialect dialect;
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    public JobRowReader(SqlDialect dialect) {
        this.dialect = dialect;
    }

    /** Reads a job from a row of {@link #COLUMNS}; null if the row has no usable id or status. */
    @Nullable
    public Job job(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        JobStatus status = status(row.getString(10));
        if (id == null || status == null) {
            leaveOut(row.getString(1), row.getString(10));
            return null;
        }
        Job.Builder job = Job.builder(id, row.getString(5), dialect.time(row, 26))
                .parentId(dialect.readId(row, 2))
                .userId(row.getString(3))
                .projectId(row.getString(4))
                .queue(row.getString(6))
                .priority(row.getInt(7))
                .uniqueKey(row.getString(8))
                .maxAttempts(integer(row, 9))
                .status(status)
                .claim(row.getLong(11))
                .workerId(dialect.readId(row, 12))
                .attempt(count(row, 13))
                .lostWorkers(count(row, 14))
                .postponements(count(row, 15))
                .postponedSince(dialect.timeOrNull(row, 16))
                .progress(progress(row.getInt(17), row.getInt(18), integer(row, 19), row.getString(20)))
                .input(row.getString(21))
                .result(row.getString(22))
                .error(row.getString(23), kind(row.getString(24)), row.getString(25))
                .runAt(dialect.time(row, 27))
                .startedAt(dialect.timeOrNull(row, 28))
                .completedAt(dialect.timeOrNull(row, 29))
                .cancelRequestedAt(dialect.timeOrNull(row, 30))
                .updatedAt(dialect.time(row, 31))
                .timeLimit(millis(row, 32))
                .locale(locale(row.getString(33)))
                .hasUndo(row.getBoolean(34))
                .undoes(dialect.readId(row, 35))
                .relations(relations(row))
                .metadata(MetadataJson.read(row.getString(42)))
                .traceContext(row.getString(43))
                .expiresAt(dialect.timeOrNull(row, 46))
                .limits(limits(row, id, status))
                .sequence(sequence(row));
        Instant dueAt = dialect.timeOrNull(row, 48);
        if (dueAt != null) {
            job.runAt(dueAt);
        }
        String startKey = row.getString(44);
        String periodKey = row.getString(45);
        if (startKey != null) {
            job.uniqueKey(startKey, UniqueKey.Scope.UNTIL_STARTED);
        } else if (periodKey != null) {
            job.uniqueKey(periodKey, UniqueKey.Scope.PERIOD);
        }
        return job.build();
    }

    /**
     * Reads a job from a row of {@link #COLUMNS} for which {@link #IS_PLAIN} holds: most jobs have values in few of them.
     *
     * @param startedAt the time of the claim, which is also that of the last change
     */
    @Nullable
    public Job claimed(ResultSet row, UUID workerId, Instant startedAt) throws SQLException {
        UUID id = dialect.readId(row, 1);
        if (id == null) {
            leaveOut(row.getString(1), row.getString(10));
            return null;
        }
        return Job.builder(id, row.getString(5), dialect.time(row, 26))
                .queue(row.getString(6))
                .priority(row.getInt(7))
                .status(JobStatus.PROCESSING)
                .claim(row.getLong(11))
                .workerId(workerId)
                .attempt(count(row, 13))
                .input(row.getString(21))
                .runAt(dialect.time(row, 27))
                .startedAt(startedAt)
                .updatedAt(startedAt)
                .build();
    }

    /** An undo job is under no limit, whatever somebody has written into its row. Of a job that has ended it does not warn: no worker is about to fail it. */
    private List<JobLimit> limits(ResultSet row, UUID id, JobStatus status) throws SQLException {
        List<JobLimit> limits = limitsOfPending(row, 47);
        if (!JobLimit.areUnreadable(limits)) {
            return limits;
        }
        if (row.getString(35) != null) {
            return List.of();
        }
        if (status.isOpen() && isNew(id.toString())) {
            LOG.warn(
                    "Job {} has limits that cannot be read: \"{}\". A worker fails it instead of starting it.",
                    id,
                    SafeText.line(row.getString(47), MOST_SHOWN));
        }
        return limits;
    }

    /** Those of a job that is to be started: {@link JobLimit#UNREADABLE} if they cannot be read. */
    public static List<JobLimit> limitsOfPending(ResultSet row, int index) throws SQLException {
        String text = row.getString(index);
        try {
            return JobLimit.parse(text);
        } catch (IllegalArgumentException unreadable) {
            return List.of(JobLimit.UNREADABLE);
        }
    }

    /** Those whose keys a job holds: it holds none that cannot be read. */
    public static List<JobLimit> limits(ResultSet row, int index) throws SQLException {
        return JobLimit.held(limitsOfPending(row, index));
    }

    private static @Nullable SequencePlace sequence(ResultSet row) throws SQLException {
        String key = row.getString(49);
        try {
            return key == null
                    ? null
                    : new SequencePlace(key, row.getLong(50), SequenceFailurePolicy.of(row.getString(51)));
        } catch (IllegalArgumentException byHand) {
            return null;
        }
    }

    /** Most jobs have no relations; they share one value. */
    private static JobRelations relations(ResultSet row) throws SQLException {
        Integer position = integer(row, 36);
        boolean sealed = row.getBoolean(37);
        boolean isParent = !row.wasNull();
        String onChildFailure = row.getString(38);
        boolean cancelsOtherChildren = row.getBoolean(39);
        String onPredecessorFailure = row.getString(40);
        boolean hasSuccessors = row.getBoolean(41);
        if (position == null
                && !isParent
                && onChildFailure == null
                && !cancelsOtherChildren
                && onPredecessorFailure == null
                && !hasSuccessors) {
            return JobRelations.NONE;
        }
        return ReadModelFactory.jobRelations(
                position,
                isParent,
                !isParent || sealed,
                word(
                        ChildFailurePolicy.values(),
                        ChildFailurePolicy::text,
                        onChildFailure,
                        ChildFailurePolicy.FAIL_AT_ONCE),
                cancelsOtherChildren,
                onPredecessorFailure == null
                        ? null
                        : word(
                                PredecessorFailurePolicy.values(),
                                PredecessorFailurePolicy::text,
                                onPredecessorFailure,
                                PredecessorFailurePolicy.FAIL),
                hasSuccessors);
    }

    private static <E> E word(E[] all, Function<E, String> textOf, @Nullable String text, E otherwise) {
        return Arrays.stream(all)
                .filter(each -> textOf.apply(each).equals(text))
                .findFirst()
                .orElse(otherwise);
    }

    /** Reads a failed attempt from a row of {@link #FAILURE_COLUMNS}. */
    @Nullable
    FailedAttempt failure(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        if (id == null) {
            return null;
        }
        return ReadModelFactory.failedAttempt(
                id,
                row.getLong(2),
                row.getInt(3),
                Objects.requireNonNullElse(kind(row.getString(4)), JobError.Kind.SYSTEM),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                dialect.readId(row, 9),
                dialect.timeOrNull(row, 10),
                dialect.time(row, 11));
    }

    /** Reads a durable step from a row of {@link #STEP_COLUMNS}. */
    @Nullable
    public JobStep step(ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        if (id == null) {
            return null;
        }
        return ReadModelFactory.jobStep(
                id,
                row.getLong(2),
                row.getString(3),
                row.getString(4),
                row.getInt(5),
                row.getBoolean(6),
                row.getString(7),
                dialect.time(row, 8),
                dialect.timeOrNull(row, 9),
                dialect.readId(row, 10),
                dialect.timeOrNull(row, 11));
    }

    public static String text(JobError.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    public static @Nullable Integer integer(ResultSet row, int index) throws SQLException {
        int number = row.getInt(index);
        return row.wasNull() ? null : number;
    }

    /** A count below zero would allow more attempts, or more lost workers, than the limit. */
    private static int count(ResultSet row, int index) throws SQLException {
        return Math.max(0, row.getInt(index));
    }

    private static @Nullable Duration millis(ResultSet row, int index) throws SQLException {
        long millis = row.getLong(index);
        return row.wasNull() || millis < 1 ? null : Duration.ofMillis(Math.min(millis, LONGEST_LIMIT.toMillis()));
    }

    private static @Nullable Locale locale(@Nullable String tag) {
        return tag == null || tag.isBlank() ? null : Locale.forLanguageTag(tag);
    }

    public static @Nullable JobStatus status(String text) {
        for (JobStatus status : JobStatus.values()) {
            if (status.text().equals(text)) {
                return status;
            }
        }
        return null;
    }

    private static JobError.@Nullable Kind kind(@Nullable String text) {
        if (text == null) {
            return null;
        }
        for (JobError.Kind kind : JobError.Kind.values()) {
            if (text(kind).equals(text)) {
                return kind;
            }
        }
        return null;
    }

    private static JobProgress progress(int percent, int step, @Nullable Integer total, @Nullable String message) {
        if (percent == 0 && step == 0 && total == null && message == null) {
            return JobProgress.NONE;
        }
        boolean makesSense = step >= 0 && (total == null || (total >= 1 && step <= total));
        return ReadModelFactory.jobProgress(
                Math.max(0, Math.min(percent, 100)), makesSense ? step : 0, makesSense ? total : null, message);
    }

    /** Logs once that a row is not a usable job. */
    public void leaveOut(String id, @Nullable String status) {
        if (isNew(id)) {
            LOG.warn(
                    "Row \"{}\" with status \"{}\" is no job: an id is a UUID in lower case. It is left alone.",
                    printable(id),
                    printable(status));
        }
    }

    private boolean isNew(String id) {
        return logged.size() < MOST_REMEMBERED && logged.add(id);
    }

    private static String printable(@Nullable String text) {
        return text == null ? "null" : text.strip().replaceAll("[^\\x20-\\x7e]", "?");
    }
}
