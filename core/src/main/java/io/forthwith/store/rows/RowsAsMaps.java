package io.forthwith.store.rows;

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
import io.forthwith.insight.PausedQueue;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.SequencePlace;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.limit.LimitKeyRow;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link AbstractJobStore} keeps, as values that any format of rows can hold. For a store that keeps each row as one value, such as a document or a
 * JSON text: whatever a later version of the library adds to a row, such a store keeps it without a change.
 *
 * <p>Values are {@link String}, {@link Integer}, {@link Long}, {@link Boolean}, a {@link List} of values, and a {@link Map} of them by name. Times and durations are
 * texts of ISO 8601, as {@link Instant#toString} and {@link Duration#toString} write them; nothing stands for null. Numbers may come back as any {@link Number}.
 * A name that is missing has the default; a name that is not known is passed over, so an older version reads what a later one wrote. But it
 * leaves that out when it writes the row again: let all processes have one version before they use what is new.
 */
public final class RowsAsMaps {
    private final Map<String, Object> values;

    private RowsAsMaps(Map<String, ?> values) {
        this.values = new LinkedHashMap<>(values);
    }

    private static RowsAsMaps empty() {
        return new RowsAsMaps(Map.of());
    }

    /** The values of a job. */
    public static Map<String, Object> of(Job job) {
        return empty().put("id", job.id())
                .put("parentId", job.parentId())
                .put("userId", job.userId())
                .put("projectId", job.projectId())
                .put("type", job.type())
                .put("queue", job.queue())
                .put("priority", job.priority())
                .put("uniqueKey", job.uniqueKey())
                .put("keyScope", job.keyScope())
                .put("maxAttempts", job.maxAttempts())
                .put("timeLimit", job.timeLimit())
                .put("locale", job.locale())
                .put("status", job.status())
                .put("claim", job.claim())
                .put("workerId", job.workerId())
                .put("attempt", job.attempt())
                .put("lostWorkers", job.lostWorkers())
                .put("postponements", job.postponements())
                .put("postponedSince", job.postponedSince())
                .put("progress", progress(job.progress()))
                .put("input", job.input())
                .put("result", job.result())
                .put("errorMessage", job.errorMessage())
                .put("errorKind", job.errorKind())
                .put("errorCode", job.errorCode())
                .put("createdAt", job.createdAt())
                .put("runAt", job.runAt())
                .put("startedAt", job.startedAt())
                .put("completedAt", job.completedAt())
                .put("cancelRequestedAt", job.cancelRequestedAt())
                .put("updatedAt", job.updatedAt())
                .put("hasUndo", job.hasUndo())
                .put("undoes", job.undoes())
                .put("relations", relations(job.relations()))
                .put("metadata", job.metadata())
                .put("traceContext", job.traceContext())
                .put("expiresAt", job.expiresAt())
                .put("limits", job.limits().stream().map(RowsAsMaps::limit).toList())
                .put("sequence", job.sequence() == null ? null : sequence(job.sequence()))
                .values;
    }

    /**
     * The job of these values.
     *
     * @throws IllegalArgumentException if a value is missing or cannot be read; the message names it
     */
    public static Job job(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        Job.Builder job = Job.builder(row.id("id"), row.text("type"), row.time("createdAt"))
                .parentId(row.idOrNull("parentId"))
                .userId(row.textOrNull("userId"))
                .projectId(row.textOrNull("projectId"))
                .maxAttempts(row.wholeOrNull("maxAttempts"))
                .timeLimit(row.durationOrNull("timeLimit"))
                .locale(row.localeOrNull("locale"))
                .claim(row.number("claim"))
                .workerId(row.idOrNull("workerId"))
                .attempt((int) row.number("attempt"))
                .lostWorkers((int) row.number("lostWorkers"))
                .postponements((int) row.number("postponements"))
                .postponedSince(row.timeOrNull("postponedSince"))
                .input(row.textOrNull("input"))
                .result(row.textOrNull("result"))
                .error(
                        row.textOrNull("errorMessage"),
                        row.oneOrNull("errorKind", JobError.Kind.class),
                        row.textOrNull("errorCode"))
                .startedAt(row.timeOrNull("startedAt"))
                .completedAt(row.timeOrNull("completedAt"))
                .cancelRequestedAt(row.timeOrNull("cancelRequestedAt"))
                .hasUndo(row.flag("hasUndo"))
                .undoes(row.idOrNull("undoes"))
                .metadata(row.texts("metadata"))
                .traceContext(row.textOrNull("traceContext"))
                .expiresAt(row.timeOrNull("expiresAt"))
                .limits(row.rows("limits").stream().map(RowsAsMaps::jobLimit).toList());
        String queue = row.textOrNull("queue");
        if (queue != null) {
            job.queue(queue);
        }
        Integer priority = row.wholeOrNull("priority");
        if (priority != null) {
            job.priority(priority);
        }
        String uniqueKey = row.textOrNull("uniqueKey");
        UniqueKey.Scope scope = row.oneOrNull("keyScope", UniqueKey.Scope.class);
        if (scope == null) {
            job.uniqueKey(uniqueKey);
        } else {
            job.uniqueKey(uniqueKey, scope);
        }
        JobStatus status = row.oneOrNull("status", JobStatus.class);
        if (status != null) {
            job.status(status);
        }
        Instant runAt = row.timeOrNull("runAt");
        if (runAt != null) {
            job.runAt(runAt);
        }
        Instant updatedAt = row.timeOrNull("updatedAt");
        if (updatedAt != null) {
            job.updatedAt(updatedAt);
        }
        RowsAsMaps progress = row.rowOrNull("progress");
        if (progress != null) {
            job.progress(jobProgress(progress));
        }
        RowsAsMaps relations = row.rowOrNull("relations");
        if (relations != null) {
            job.relations(jobRelations(relations));
        }
        RowsAsMaps sequence = row.rowOrNull("sequence");
        if (sequence != null) {
            job.sequence(new SequencePlace(
                    sequence.text("key"),
                    sequence.number("number"),
                    sequence.one("onFailure", SequenceFailurePolicy.class)));
        }
        return job.build();
    }

    private static Map<String, Object> progress(JobProgress progress) {
        return empty().put("percent", progress.percent())
                .put("currentStep", progress.currentStep())
                .put("totalSteps", progress.totalSteps())
                .put("message", progress.message())
                .values;
    }

    private static JobProgress jobProgress(RowsAsMaps row) {
        return ReadModelFactory.jobProgress(
                (int) row.number("percent"),
                (int) row.number("currentStep"),
                row.wholeOrNull("totalSteps"),
                row.textOrNull("message"));
    }

    private static Map<String, Object> relations(JobRelations relations) {
        return empty().put("position", relations.position())
                .put("isParent", relations.isParent())
                .put("isSealed", relations.isSealed())
                .put("onChildFailure", relations.onChildFailure())
                .put("cancelsOtherChildren", relations.cancelsOtherChildren())
                .put("onPredecessorFailure", relations.onPredecessorFailure())
                .put("hasSuccessors", relations.hasSuccessors())
                .values;
    }

    private static JobRelations jobRelations(RowsAsMaps row) {
        return ReadModelFactory.jobRelations(
                row.wholeOrNull("position"),
                row.flag("isParent"),
                row.flag("isSealed"),
                row.one("onChildFailure", ChildFailurePolicy.class),
                row.flag("cancelsOtherChildren"),
                row.oneOrNull("onPredecessorFailure", PredecessorFailurePolicy.class),
                row.flag("hasSuccessors"));
    }

    private static Map<String, Object> limit(JobLimit limit) {
        return empty().put("key", limit.key().text()).put("cost", limit.cost()).values;
    }

    private static JobLimit jobLimit(RowsAsMaps row) {
        return new JobLimit(LimitKey.parse(row.text("key")), (int) row.number("cost"));
    }

    private static Map<String, Object> sequence(SequencePlace sequence) {
        return empty().put("key", sequence.key())
                .put("number", sequence.number())
                .put("onFailure", sequence.onFailure())
                .values;
    }

    /** The values of a failed attempt. */
    public static Map<String, Object> of(FailedAttempt failure) {
        return empty().put("jobId", failure.jobId())
                .put("claim", failure.claim())
                .put("attempt", failure.attempt())
                .put("kind", failure.kind())
                .put("code", failure.code())
                .put("message", failure.message())
                .put("exceptionClass", failure.exceptionClass())
                .put("trace", failure.trace())
                .put("workerId", failure.workerId())
                .put("startedAt", failure.startedAt())
                .put("failedAt", failure.failedAt())
                .values;
    }

    /** The failed attempt of these values. Throws as {@link #job} does. */
    public static FailedAttempt failedAttempt(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        return ReadModelFactory.failedAttempt(
                row.id("jobId"),
                row.number("claim"),
                (int) row.number("attempt"),
                row.one("kind", JobError.Kind.class),
                row.text("code"),
                row.text("message"),
                row.textOrNull("exceptionClass"),
                row.textOrNull("trace"),
                row.idOrNull("workerId"),
                row.timeOrNull("startedAt"),
                row.time("failedAt"));
    }

    /** The values of a step. */
    public static Map<String, Object> of(JobStep step) {
        return empty().put("jobId", step.jobId())
                .put("claim", step.claim())
                .put("name", step.name())
                .put("part", step.part())
                .put("position", step.position())
                .put("hasUndo", step.hasUndo())
                .put("result", step.result())
                .put("startedAt", step.startedAt())
                .put("finishedAt", step.finishedAt())
                .put("undoJobId", step.undoJobId())
                .put("undoneAt", step.undoneAt())
                .values;
    }

    /** The step of these values. Throws as {@link #job} does. */
    public static JobStep step(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        return ReadModelFactory.jobStep(
                row.id("jobId"),
                row.number("claim"),
                row.text("name"),
                row.text("part"),
                (int) row.number("position"),
                row.flag("hasUndo"),
                row.textOrNull("result"),
                row.time("startedAt"),
                row.timeOrNull("finishedAt"),
                row.idOrNull("undoJobId"),
                row.timeOrNull("undoneAt"));
    }

    /** The values of a schedule. */
    public static Map<String, Object> of(StoredSchedule schedule) {
        StoredSchedule.Declaration declaration = schedule.declaration();
        return empty().put("name", schedule.name())
                .put("creationId", schedule.creationId())
                .put("createdAt", schedule.createdAt())
                .put("definition", definition(schedule.definition()))
                .put("declaration", declaration == null ? null : declaration(declaration))
                .put("pause", pause(schedule.pause()))
                .put("progress", progress(schedule.progress()))
                .values;
    }

    /** The schedule of these values. Throws as {@link #job} does. */
    public static StoredSchedule schedule(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        RowsAsMaps declaration = row.rowOrNull("declaration");
        return ReadModelFactory.storedSchedule(
                row.text("name"),
                row.id("creationId"),
                row.time("createdAt"),
                scheduleDefinition(row.row("definition")),
                declaration == null
                        ? null
                        : ReadModelFactory.scheduleDeclaration(
                                declaration.text("owner"),
                                declaration.number("version"),
                                declaration.time("declaredAt"),
                                declaration.timeOrNull("retiredAt")),
                jobPause(row.rowOrNull("pause")),
                scheduleProgress(row.row("progress")));
    }

    private static Map<String, Object> declaration(StoredSchedule.Declaration declaration) {
        return empty().put("owner", declaration.owner())
                .put("version", declaration.version())
                .put("declaredAt", declaration.declaredAt())
                .put("retiredAt", declaration.retiredAt())
                .values;
    }

    private static Map<String, Object> progress(StoredSchedule.Progress progress) {
        return empty().put("anchor", progress.anchor())
                .put("fingerprint", progress.fingerprint())
                .put("nextAt", progress.nextAt())
                .put("lastFiredAt", progress.lastFiredAt())
                .put("fired", progress.fired())
                .put("skipped", progress.skipped())
                .put("error", progress.error())
                .put("runs", progress.runs().stream().map(UUID::toString).toList())
                .values;
    }

    private static StoredSchedule.Progress scheduleProgress(RowsAsMaps row) {
        return ReadModelFactory.scheduleProgress(
                row.timeOrNull("anchor"),
                row.textOrNull("fingerprint"),
                row.timeOrNull("nextAt"),
                row.timeOrNull("lastFiredAt"),
                row.number("fired"),
                row.number("skipped"),
                row.textOrNull("error"),
                row.list("runs").stream()
                        .map(run -> UUID.fromString(String.valueOf(run)))
                        .toList());
    }

    private static Map<String, Object> definition(ScheduleDefinition definition) {
        return empty().put("type", definition.type())
                .put("input", definition.input())
                .put("cron", definition.cron())
                .put("period", definition.period())
                .put("zone", definition.zone())
                .put("gap", definition.gap())
                .put("overlap", definition.overlap())
                .put("catchUp", definition.catchUp())
                .put("ifRunning", definition.ifRunning())
                .put("jitter", definition.jitter())
                .put("queue", definition.queue())
                .put("priority", definition.priority())
                .put("userId", definition.userId())
                .put("projectId", definition.projectId())
                .put("maxAttempts", definition.maxAttempts())
                .put("timeLimit", definition.timeLimit())
                .put("locale", definition.locale())
                .put("metadata", definition.metadata())
                .put("expiresAfter", definition.expiresAfter())
                .put("limits", definition.limits())
                .values;
    }

    private static ScheduleDefinition scheduleDefinition(RowsAsMaps row) {
        return ReadModelFactory.scheduleDefinition(
                row.text("type"),
                row.text("input"),
                row.textOrNull("cron"),
                row.textOrNull("period"),
                row.text("zone"),
                row.textOrNull("gap"),
                row.textOrNull("overlap"),
                row.text("catchUp"),
                row.text("ifRunning"),
                row.textOrNull("jitter"),
                row.text("queue"),
                (int) row.number("priority"),
                row.textOrNull("userId"),
                row.textOrNull("projectId"),
                row.wholeOrNull("maxAttempts"),
                row.durationOrNull("timeLimit"),
                row.localeOrNull("locale"),
                row.textOrNull("metadata"),
                row.durationOrNull("expiresAfter"),
                row.textOrNull("limits"));
    }

    /** The values of a declared limit. */
    public static Map<String, Object> of(Limit limit) {
        return empty().put("name", limit.name())
                .put("concurrency", limit.concurrency())
                .put("starts", limit.starts())
                .put("period", limit.period())
                .put("burst", limit.burst())
                .values;
    }

    /** The limit of these values. Throws as {@link #job} does. */
    public static Limit limit(Map<String, ?> values) {
        return limit(new RowsAsMaps(values));
    }

    private static Limit limit(RowsAsMaps row) {
        return ReadModelFactory.limit(
                row.text("name"),
                row.wholeOrNull("concurrency"),
                row.wholeOrNull("starts"),
                row.durationOrNull("period"),
                (int) row.number("burst"));
    }

    /** The values of a key of a limit. */
    public static Map<String, Object> of(LimitKeyRow key) {
        Limit override = key.override();
        return empty().put("key", key.key().text())
                .put("override", override == null ? null : of(override))
                .put("pause", pause(key.pause()))
                .put("usedUntil", key.usedUntil())
                .put("restsUntil", key.restsUntil())
                .values;
    }

    /** The key of a limit of these values. Throws as {@link #job} does. */
    public static LimitKeyRow limitKey(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        RowsAsMaps override = row.rowOrNull("override");
        return new LimitKeyRow(
                LimitKey.parse(row.text("key")),
                override == null ? null : limit(override),
                jobPause(row.rowOrNull("pause")),
                row.timeOrNull("usedUntil"),
                row.timeOrNull("restsUntil"));
    }

    private static @Nullable Map<String, Object> pause(@Nullable Pause pause) {
        return pause == null
                ? null
                : empty().put("since", pause.since()).put("by", pause.by()).put("reason", pause.reason()).values;
    }

    private static @Nullable Pause jobPause(@Nullable RowsAsMaps row) {
        return row == null
                ? null
                : ReadModelFactory.pause(row.time("since"), row.textOrNull("by"), row.textOrNull("reason"));
    }

    /** The values of a key that a job has for a time. */
    public static Map<String, Object> of(TimedUniqueKey key) {
        return empty().put("type", key.type())
                .put("key", key.key())
                .put("jobId", key.jobId())
                .put("expiresAt", key.expiresAt())
                .values;
    }

    /** The key of these values. Throws as {@link #job} does. */
    public static TimedUniqueKey periodKey(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        return new TimedUniqueKey(row.text("type"), row.text("key"), row.id("jobId"), row.time("expiresAt"));
    }

    /** The values of a paused queue. */
    public static Map<String, Object> of(PausedQueue paused) {
        return empty().put("queue", paused.queue()).put("pause", pause(paused.pause())).values;
    }

    /** The paused queue of these values. Throws as {@link #job} does. */
    public static PausedQueue pausedQueue(Map<String, ?> values) {
        RowsAsMaps row = new RowsAsMaps(values);
        return ReadModelFactory.pausedQueue(
                row.text("queue"), Objects.requireNonNull(jobPause(row.row("pause")), "pause"));
    }

    private RowsAsMaps put(String name, @Nullable Object value) {
        if (value instanceof Locale locale) {
            values.put(name, locale.toLanguageTag());
        } else if (value instanceof Enum<?> one) {
            values.put(name, one.name());
        } else if (value instanceof UUID || value instanceof Instant || value instanceof Duration) {
            values.put(name, value.toString());
        } else if (value != null) {
            values.put(name, value);
        }
        return this;
    }

    private static IllegalArgumentException missing(String name) {
        return new IllegalArgumentException("The row has no value " + name);
    }

    private <T> @Nullable T read(String name, Class<T> kind) {
        Object value = values.get(name);
        if (value == null || kind.isInstance(value)) {
            return kind.cast(value);
        }
        throw unreadable(name, value, null);
    }

    private static IllegalArgumentException unreadable(String name, Object value, @Nullable RuntimeException cause) {
        return new IllegalArgumentException(
                "The value " + name + " of the row is a " + value.getClass().getSimpleName()
                        + " that cannot be read as such",
                cause);
    }

    private <T> @Nullable T parsed(String name, Function<String, T> parse) {
        String text = textOrNull(name);
        try {
            return text == null ? null : parse.apply(text);
        } catch (RuntimeException invalid) {
            throw unreadable(name, text, invalid);
        }
    }

    private <T> T present(String name, @Nullable T value) {
        if (value == null) {
            throw missing(name);
        }
        return value;
    }

    private @Nullable String textOrNull(String name) {
        return read(name, String.class);
    }

    private String text(String name) {
        return present(name, textOrNull(name));
    }

    private @Nullable UUID idOrNull(String name) {
        return parsed(name, UUID::fromString);
    }

    private UUID id(String name) {
        return present(name, idOrNull(name));
    }

    private @Nullable Instant timeOrNull(String name) {
        return parsed(name, Instant::parse);
    }

    private Instant time(String name) {
        return present(name, timeOrNull(name));
    }

    private @Nullable Duration durationOrNull(String name) {
        return parsed(name, Duration::parse);
    }

    private @Nullable Locale localeOrNull(String name) {
        return parsed(name, Locale::forLanguageTag);
    }

    private <E extends Enum<E>> @Nullable E oneOrNull(String name, Class<E> kind) {
        return parsed(name, text -> Enum.valueOf(kind, text));
    }

    private <E extends Enum<E>> E one(String name, Class<E> kind) {
        return present(name, oneOrNull(name, kind));
    }

    /** A missing number is 0. */
    private long number(String name) {
        Number number = read(name, Number.class);
        return number == null ? 0 : number.longValue();
    }

    private @Nullable Integer wholeOrNull(String name) {
        Number number = read(name, Number.class);
        return number == null ? null : Math.toIntExact(number.longValue());
    }

    private boolean flag(String name) {
        return Boolean.TRUE.equals(read(name, Boolean.class));
    }

    private List<?> list(String name) {
        List<?> list = read(name, List.class);
        return list == null ? List.of() : list;
    }

    private List<RowsAsMaps> rows(String name) {
        return list(name).stream().map(row -> nested(name, row)).toList();
    }

    private @Nullable RowsAsMaps rowOrNull(String name) {
        Map<?, ?> row = read(name, Map.class);
        return row == null ? null : nested(name, row);
    }

    private RowsAsMaps row(String name) {
        return present(name, rowOrNull(name));
    }

    private static RowsAsMaps nested(String name, Object row) {
        if (!(row instanceof Map<?, ?> map)) {
            throw unreadable(name, row, null);
        }
        RowsAsMaps nested = empty();
        map.forEach((key, value) -> nested.put(String.valueOf(key), value));
        return nested;
    }

    private Map<String, String> texts(String name) {
        Map<?, ?> map = read(name, Map.class);
        Map<String, String> texts = new LinkedHashMap<>();
        if (map != null) {
            map.forEach((key, value) -> texts.put(String.valueOf(key), String.valueOf(value)));
        }
        return texts;
    }
}
