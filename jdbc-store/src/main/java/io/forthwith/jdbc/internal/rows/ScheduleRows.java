package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.limit.Pause;
import io.forthwith.schedule.ScheduleDefinition;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.ReadModelFactory;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads and writes the rows of schedules. Any program may write to the table. Immutable and thread-safe. */
public final class ScheduleRows {
    /** All but the name, in the order of {@link #bind}. */
    private static final List<String> COLUMNS = List.of(
            "creation_id",
            "created_at",
            "type",
            "input_data",
            "cron",
            "period",
            "zone",
            "clock_gap",
            "clock_overlap",
            "catch_up",
            "if_running",
            "jitter",
            "queue",
            "priority",
            "user_id",
            "project_id",
            "max_attempts",
            "time_limit_ms",
            "locale",
            "metadata",
            "owner",
            "version",
            "declared_at",
            "retired_at",
            "paused_at",
            "paused_by",
            "paused_reason",
            "anchor_at",
            "fingerprint",
            "next_at",
            "last_fired_at",
            "fired",
            "skipped",
            "error_message",
            "runs",
            "expires_after_ms",
            "limits");

    private static final String NO_INPUT = "{}";

    private final SqlDialect dialect;
    private final StatementText locked;
    private final StatementText find;
    private final StatementText firstPage;
    private final StatementText nextPage;
    private final StatementText soonest;
    private final StatementText due;
    private final StatementText insert;
    private final StatementText update;
    private final StatementText delete;
    private final StatementText failing;
    private final StatementText now;

    /**
     * A schedule that a transaction has locked.
     *
     * @param now the time of the database
     */
    public record Locked(StoredSchedule schedule, Instant now) {}

    /**
     * When the schedules are due.
     *
     * @param due how many are due, up to the limit
     * @param untilNext how long until the first one is; null if there is none
     */
    public record Soonest(List<String> due, @Nullable Duration untilNext) {}

    public ScheduleRows(SqlDialect dialect) {
        this.dialect = dialect;
        String select = "SELECT " + String.join(", ", COLUMNS) + ", name, {now} FROM {job_schedule} ";
        this.locked = dialect.sql(select + "WHERE name {in} ORDER BY name {for_update}");
        this.find = dialect.sql(select + "WHERE name = ?");
        this.firstPage = dialect.sql(select + "ORDER BY name LIMIT ?");
        this.nextPage = dialect.sql(select + "WHERE name > ? ORDER BY name LIMIT ?");
        // The two halves of the index: those to compute, and the rest in the order of time.
        this.soonest = dialect.sql("""
                SELECT name, next_at, {now} FROM (
                  SELECT name, next_at FROM (
                    SELECT name, next_at FROM {job_schedule} WHERE next_at IS NULL ORDER BY name LIMIT ?) AS fresh
                  UNION ALL
                  SELECT name, next_at FROM (
                    SELECT name, next_at FROM {job_schedule} WHERE next_at IS NOT NULL ORDER BY next_at, name LIMIT ?) AS planned
                ) AS soon""");
        this.due = dialect.sql(select
                + "WHERE name {in} AND (next_at IS NULL OR next_at <= {now}) ORDER BY name {for_update_skip_locked}");
        this.insert = dialect.sql("INSERT INTO {job_schedule} (" + String.join(", ", COLUMNS) + ", name) VALUES ("
                + "?, ".repeat(COLUMNS.size()) + "?)");
        this.update = dialect.sql("UPDATE {job_schedule} SET "
                + COLUMNS.stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
                + " WHERE name = ?");
        this.delete = dialect.sql("DELETE FROM {job_schedule} WHERE name = ?");
        this.failing = dialect.sql("SELECT name, error_message FROM {job_schedule} WHERE error_message IS NOT NULL"
                + " AND paused_at IS NULL AND retired_at IS NULL ORDER BY name LIMIT ?");
        this.now = dialect.sql("SELECT {now}");
    }

    /** The schedules with these names, locked; waits for other transactions. */
    public List<Locked> lock(Session session, List<String> names) throws SQLException {
        return session.query(locked, binder -> binder.texts(names), this::read);
    }

    /** The time of the database. */
    public Instant now(Session session) throws SQLException {
        return session.first(now, Binder.NONE, row -> dialect.time(row, 1)).orElseThrow();
    }

    public Optional<StoredSchedule> find(Session session, String name) throws SQLException {
        return session.first(find, binder -> binder.text(name), this::read).map(Locked::schedule);
    }

    public List<StoredSchedule> page(Session session, @Nullable String after, int limit) throws SQLException {
        List<Locked> page = after == null
                ? session.query(firstPage, binder -> binder.number(limit), this::read)
                : session.query(nextPage, binder -> binder.text(after).number(limit), this::read);
        return page.stream().map(Locked::schedule).toList();
    }

    /** Reads the whole table, which is small, but neither inputs nor runs. */
    public Map<String, String> failing(Session session, int atMost) throws SQLException {
        record Failing(String name, String error) {}
        Map<String, String> errors = new TreeMap<>();
        session.query(failing, binder -> binder.number(atMost), row -> new Failing(row.getString(1), row.getString(2)))
                .forEach(each -> errors.put(each.name, each.error));
        return errors;
    }

    /** Looks which schedules are due, without a lock. */
    public Soonest soonest(Session session, int limit) throws SQLException {
        record Entry(String name, @Nullable Instant next, Instant now) {}
        List<Entry> entries = session.query(
                soonest,
                binder -> binder.number(limit).number(limit),
                row -> new Entry(row.getString(1), dialect.timeOrNull(row, 2), dialect.time(row, 3)));
        List<String> names = entries.stream()
                .filter(entry -> entry.next == null || !entry.next.isAfter(entry.now))
                .map(Entry::name)
                .limit(limit)
                .toList();
        Duration untilNext = entries.stream()
                .map(entry -> entry.next == null ? Duration.ZERO : Duration.between(entry.now, entry.next))
                .map(left -> left.isNegative() ? Duration.ZERO : left)
                .min(Duration::compareTo)
                .orElse(null);
        return new Soonest(names, untilNext);
    }

    /** Those of these schedules that are due and that no other transaction has locked, locked. */
    public List<Locked> lockDue(Session session, List<String> names) throws SQLException {
        return session.query(due, binder -> binder.texts(names), this::read);
    }

    public void insert(Session session, List<StoredSchedule> schedules) throws SQLException {
        session.batch(insert, schedules, ScheduleRows::bind);
    }

    public void update(Session session, List<StoredSchedule> schedules) throws SQLException {
        session.batch(update, schedules, ScheduleRows::bind);
    }

    public void delete(Session session, String name) throws SQLException {
        session.update(delete, binder -> binder.text(name));
    }

    private static void bind(Binder binder, StoredSchedule schedule) throws SQLException {
        ScheduleDefinition definition = schedule.definition();
        StoredSchedule.Declaration declaration = schedule.declaration();
        Pause pause = schedule.pause();
        StoredSchedule.Progress progress = schedule.progress();
        binder.id(schedule.creationId())
                .time(schedule.createdAt())
                .text(definition.type())
                .text(definition.input())
                .text(definition.cron())
                .text(definition.period())
                .text(definition.zone())
                .text(definition.gap())
                .text(definition.overlap())
                .text(definition.catchUp())
                .text(definition.ifRunning())
                .text(definition.jitter())
                .text(definition.queue())
                .number(definition.priority())
                .text(definition.userId())
                .text(definition.projectId())
                .number(definition.maxAttempts())
                .millis(definition.timeLimit())
                .locale(definition.locale())
                .text(definition.metadata())
                .text(declaration == null ? null : declaration.owner())
                .number(declaration == null ? 0 : declaration.version())
                .time(declaration == null ? null : declaration.declaredAt())
                .time(declaration == null ? null : declaration.retiredAt())
                .time(pause == null ? null : pause.since())
                .text(pause == null ? null : pause.by())
                .text(pause == null ? null : pause.reason())
                .time(progress.anchor())
                .text(progress.fingerprint())
                .time(progress.nextAt())
                .time(progress.lastFiredAt())
                .number(progress.fired())
                .number(progress.skipped())
                .text(progress.error())
                .text(
                        progress.runs().isEmpty()
                                ? null
                                : progress.runs().stream().map(UUID::toString).collect(Collectors.joining(",")))
                .millis(definition.expiresAfter())
                .text(definition.limits())
                .text(schedule.name());
    }

    private Locked read(ResultSet row) throws SQLException {
        return new Locked(schedule(row), dialect.time(row, 39));
    }

    private StoredSchedule schedule(ResultSet row) throws SQLException {
        Instant createdAt = dialect.time(row, 2);
        String owner = row.getString(21);
        Instant pausedAt = dialect.timeOrNull(row, 25);
        return ReadModelFactory.storedSchedule(
                row.getString(38),
                Objects.requireNonNullElseGet(dialect.readId(row, 1), UUID::randomUUID),
                createdAt,
                definition(row),
                owner == null
                        ? null
                        : ReadModelFactory.scheduleDeclaration(
                                owner,
                                row.getLong(22),
                                Objects.requireNonNullElse(dialect.timeOrNull(row, 23), createdAt),
                                dialect.timeOrNull(row, 24)),
                pausedAt == null ? null : ReadModelFactory.pause(pausedAt, row.getString(26), row.getString(27)),
                ReadModelFactory.scheduleProgress(
                        dialect.timeOrNull(row, 28),
                        row.getString(29),
                        dialect.timeOrNull(row, 30),
                        dialect.timeOrNull(row, 31),
                        row.getLong(32),
                        row.getLong(33),
                        row.getString(34),
                        runs(row.getString(35))));
    }

    private static ScheduleDefinition definition(ResultSet row) throws SQLException {
        return ReadModelFactory.scheduleDefinition(
                row.getString(3),
                Objects.requireNonNullElse(row.getString(4), NO_INPUT),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                row.getString(11),
                row.getString(12),
                row.getString(13),
                row.getInt(14),
                row.getString(15),
                row.getString(16),
                integer(row, 17),
                millis(row, 18),
                locale(row.getString(19)),
                row.getString(20),
                millis(row, 36),
                row.getString(37));
    }

    private static @Nullable Integer integer(ResultSet row, int index) throws SQLException {
        int value = row.getInt(index);
        return row.wasNull() ? null : value;
    }

    private static @Nullable Duration millis(ResultSet row, int index) throws SQLException {
        long value = row.getLong(index);
        return row.wasNull() ? null : Duration.ofMillis(value);
    }

    private static @Nullable Locale locale(@Nullable String tag) {
        return tag == null ? null : Locale.forLanguageTag(tag);
    }

    /** The ids in a list; a text that is none is left out. */
    private static List<UUID> runs(@Nullable String list) {
        return list == null
                ? List.of()
                : Arrays.stream(list.split(",")).flatMap(ScheduleRows::id).toList();
    }

    private static Stream<UUID> id(String text) {
        try {
            return Stream.of(UUID.fromString(text.strip()));
        } catch (IllegalArgumentException written) {
            return Stream.empty();
        }
    }
}
