package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.UniqueKey;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.limit.JobLimit;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A column of the job table that changes during the life of a job, except those of its relations. Immutable and thread-safe. */
public final class JobColumn<T> {
    private static final String RESULT = "result_data";
    private static final String LIMITS = "limits";

    /** All of them. */
    public static final List<JobColumn<?>> ALL = List.of(
            text("status", job -> job.status().text()),
            time("run_at", Job::runAt),
            number("claim", Job::claim),
            id("worker_id", Job::workerId),
            number("attempt", Job::attempt),
            number("lost_workers", Job::lostWorkers),
            number("postponements", Job::postponements),
            time("postponed_since", Job::postponedSince),
            number("progress", job -> job.progress().percent()),
            number("current_step", job -> job.progress().currentStep()),
            new JobColumn<>(
                    "total_steps", "?", job -> job.progress().totalSteps(), (binder, total) -> binder.number(total)),
            text("progress_message", job -> job.progress().message()),
            new JobColumn<>(RESULT, "{json}", Job::result, Binder::text),
            text("error_message", Job::errorMessage),
            text("error_kind", job -> job.errorKind() == null ? null : JobRowReader.text(job.errorKind())),
            text("error_code", Job::errorCode),
            time("started_at", Job::startedAt),
            time("completed_at", Job::completedAt),
            time("cancel_requested_at", Job::cancelRequestedAt),
            time("updated_at", Job::updatedAt),
            time("expires_at", Job::expiresAt),
            text("start_key", job -> job.keyScope() == UniqueKey.Scope.UNTIL_STARTED ? job.uniqueKey() : null),
            text(LIMITS, job -> JobLimit.text(job.limits())),
            // Whatever happens to a parked job makes it one that claims find.
            text("parked_under", job -> null),
            time("due_at", job -> null),
            new JobColumn<Integer>("parked_rank", "?", job -> null, (binder, rank) -> binder.number(rank)),
            new JobColumn<>("has_undo", "?", Job::hasUndo, (binder, flag) -> binder.flagOrNull(flag)));

    private static final Set<String> CHANGED_BY_COMPLETION = Set.of(
            "status", "progress", RESULT, "error_message", "error_kind", "error_code", "completed_at", "updated_at");

    /** Those that change when a job completes. */
    public static final List<JobColumn<?>> OF_COMPLETION = ALL.stream()
            .filter(column -> CHANGED_BY_COMPLETION.contains(column.name))
            .toList();

    private final String name;
    private final String placeholder;
    private final Function<Job, @Nullable T> value;
    private final Put<T> put;

    private JobColumn(String name, String placeholder, Function<Job, @Nullable T> value, Put<T> put) {
        this.name = name;
        this.placeholder = placeholder;
        this.value = value;
        this.put = put;
    }

    private static JobColumn<String> text(String name, Function<Job, @Nullable String> value) {
        return new JobColumn<>(name, "?", value, Binder::text);
    }

    private static JobColumn<Instant> time(String name, Function<Job, @Nullable Instant> value) {
        return new JobColumn<>(name, "?", value, Binder::time);
    }

    private static JobColumn<UUID> id(String name, Function<Job, @Nullable UUID> value) {
        return new JobColumn<>(name, "?", value, Binder::id);
    }

    private static JobColumn<Long> number(String name, ToLongFunction<Job> value) {
        return new JobColumn<>(
                name, "?", value::applyAsLong, (binder, number) -> binder.number(Objects.requireNonNull(number)));
    }

    /** Binds a value with its SQL type, also null. */
    @FunctionalInterface
    private interface Put<T> {
        Binder on(Binder binder, @Nullable T value) throws SQLException;
    }

    /** Whether the row has something here that the job does not show, and that is to stay. */
    boolean isUnread(Job job) {
        return (name.equals(RESULT) && JobRowReader.UNREAD.equals(job.result()))
                || (name.equals(LIMITS) && JobLimit.areUnreadable(job.limits()));
    }

    public String name() {
        return name;
    }

    /** The text for its value in a statement template. */
    String placeholder() {
        return placeholder;
    }

    public void bind(Binder binder, Job job) throws SQLException {
        put.on(binder, value.apply(job));
    }

    @Nullable
    T value(Job job) {
        return value.apply(job);
    }

    public boolean isSame(Job a, Job b) {
        return Objects.equals(value.apply(a), value.apply(b));
    }

    /** The number of characters that a job has in this column; 0 if it holds no text. */
    public int length(Job job) {
        return value.apply(job) instanceof String text ? text.length() : 0;
    }
}
