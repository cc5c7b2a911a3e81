package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.JobRelations;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.jdbc.internal.rows.JobInserts;
import io.forthwith.jdbc.internal.rows.Labels;
import io.forthwith.jdbc.internal.rows.NewJobRow;
import io.forthwith.jdbc.internal.rows.PlainInsertResult;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Pieces;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.EncodedJob;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Inserts one row with plain values, and many with one statement of arrays, one for each column. Very many new rows
 * are added by COPY, in three quarters of the time. Immutable and thread-safe.
 */
public final class PostgresInserts implements JobInserts {
    /** From this number on, COPY is worth the round trips of a transaction and of its start. */
    public static final int FEWEST_TO_COPY = 2_000;

    private static final int ROWS_PER_STATEMENT = 5_000;

    private static final String COLUMNS = "id, parent_id, user_id, project_id, type, queue, priority, status, run_at,"
            + " unique_key, max_attempts, time_limit_ms, locale, input_data";
    private static final String RELATIONS =
            ", position, sealed, on_child_failure, cancel_siblings, on_predecessor_failure, has_successors";

    private static final String ADDITIONS = ", metadata, trace_context, start_key, period_key, expires_at,"
            + " limits, parked_under, due_at, parked_rank, sequence_key, sequence_place, sequence_failure";

    private static final String AFTER = "statement_timestamp() + %s * interval '1 microsecond'";

    private static final String INSERT_ONE = """
            INSERT INTO {job} (%s)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, now() + ? * interval '1 microsecond'), ?, ?, ?, ?, {json}%s)
            ON CONFLICT DO NOTHING""";

    /** The values that the columns have by themselves are not sent, nor is an expression evaluated: that is a tenth of the time of an enqueue. */
    private static final String INSERT_PLAIN = """
            INSERT INTO {job} (id, type, queue, priority, input_data) VALUES (?, ?, ?, ?, {json}) ON CONFLICT DO NOTHING""";

    private static final String INSERT_AND_TELL = INSERT_PLAIN + " RETURNING " + PostgresSignals.TELL;

    /** Arrays are unpacked in the select list: in FROM they would go through an intermediate table. */
    private static final String INSERT_MANY = """
            INSERT INTO {job} (%s)
            SELECT id, parent_id, user_id, project_id, type, queue, priority, status,
              %s, unique_key, max_attempts, time_limit_ms, locale,
              CAST(input AS jsonb)%s
            FROM (SELECT unnest(?::uuid[]) AS id, unnest(?::uuid[]) AS parent_id, unnest(?::text[]) AS user_id,
              unnest(?::text[]) AS project_id, unnest(?::text[]) AS type, unnest(?::text[]) AS queue,
              unnest(?::bigint[]) AS priority, unnest(?::text[]) AS status, unnest(?::bigint[]) AS delay,
              unnest(?::text[]) AS unique_key, unnest(?::bigint[]) AS max_attempts,
              unnest(?::bigint[]) AS time_limit_ms, unnest(?::text[]) AS locale, unnest(?::text[]) AS input%s) AS fresh""";

    private static final String FRESH_RELATIONS = ", unnest(?::bigint[]) AS position, unnest(?::boolean[]) AS sealed,"
            + " unnest(?::text[]) AS on_child_failure, unnest(?::boolean[]) AS cancel_siblings,"
            + " unnest(?::text[]) AS on_predecessor_failure, unnest(?::boolean[]) AS has_successors";

    private static final String FRESH_ADDITIONS = ", unnest(?::text[]) AS metadata, unnest(?::text[]) AS trace_context,"
            + " unnest(?::text[]) AS start_key, unnest(?::text[]) AS period_key, unnest(?::bigint[]) AS expires_in,"
            + " unnest(?::text[]) AS limits, unnest(?::text[]) AS parked_under, unnest(?::bigint[]) AS parked_rank,"
            + " unnest(?::text[]) AS sequence_key, unnest(?::bigint[]) AS sequence_place, unnest(?::text[]) AS sequence_failure";

    private static final String RUN_AT = "now() + delay * interval '1 microsecond'";

    /** As {@link NewJobRow#NEVER}. */
    private static final String RUN_OR_PARKED_AT =
            "CASE WHEN parked_under IS NULL THEN " + RUN_AT + " ELSE timestamptz '9000-01-01 00:00:00+00' END";

    private static final long NEVER =
            Binder.microsOf(NewJobRow.NEVER) - Binder.microsOf(Instant.parse("2000-01-01T00:00:00Z"));

    /** Ids are returned only if some rows were refused. */
    private static final String UNLESS_THERE = """
            WITH inserted AS (%s
              ON CONFLICT DO NOTHING
              RETURNING id)
            SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""";

    /** The labels of a row with several of them; and of many rows, one for each element of three arrays. */
    private static final String PUT_LABELS =
            "INSERT INTO {job_label} (job_id, name, label_value) SELECT %s {instead_value}";

    private static final String LABELS_OF_MANY = "unnest(?::uuid[]), unnest(?::text[]), unnest(?::text[])";

    /** In the statement of the row: a job and its labels are there together, without a transaction. */
    private static final String ONE_LABELLED = "WITH added AS (%s RETURNING id) "
            + PUT_LABELS.formatted("id, unnest(?::text[]), unnest(?::text[]) FROM added");

    private static final String FRESH_LABELLED = "WITH added AS (%s) " + PUT_LABELS.formatted(LABELS_OF_MANY);

    private static final String LABELLED_UNLESS_THERE = """
            WITH inserted AS (%s
              ON CONFLICT DO NOTHING
              RETURNING id),
            labelled AS (
            """ + PUT_LABELS.formatted("""
                    job_id, name, label_value FROM (SELECT unnest(?::uuid[]) AS job_id, unnest(?::text[]) AS name,
                      unnest(?::text[]) AS label_value) AS labels
                    WHERE job_id IN (SELECT id FROM inserted)""") + """
            )
            SELECT CASE WHEN count(*) < ? THEN array_agg(id) END, count(*) FROM inserted""";

    private static final String COPY = "COPY {job} (%s) FROM STDIN (FORMAT binary)";

    private static final int FIELDS = COLUMNS.split(",", -1).length;
    private static final int MORE_FIELDS = ADDITIONS.split(",", -1).length - 1;

    /**
     * Begins a COPY, which the query time-out of the driver does not end; a shorter time-out of the host stays.
     * Returns the time that column defaults have, as an INSERT would use it, in the units of COPY.
     */
    private static final StatementText BEGIN_COPYING = StatementText.of("""
            SELECT set_config('statement_timeout',
                CASE WHEN CAST(current_setting('statement_timeout') AS interval)
                  BETWEEN interval '1 millisecond' AND ? * interval '1 second'
                THEN current_setting('statement_timeout') ELSE CAST(? AS text) || 's' END, true),
              CAST(extract(epoch FROM now() - timestamptz '2000-01-01 00:00:00+00') * 1000000 AS bigint)""");

    private final SqlDialect dialect;
    private final int fewestToCopy;
    private final Map<Columns, Statements> statements;
    private final StatementText putLabels;
    private final StatementText plain;
    private final StatementText plainAndTell;

    PostgresInserts(SqlDialect dialect, int fewestToCopy) {
        this.dialect = dialect;
        this.fewestToCopy = fewestToCopy;
        this.statements = Columns.ALL.stream()
                .collect(Collectors.toUnmodifiableMap(columns -> columns, columns -> new Statements(dialect, columns)));
        this.putLabels = dialect.sql(PUT_LABELS.formatted(LABELS_OF_MANY));
        this.plain = dialect.sql(INSERT_PLAIN);
        this.plainAndTell = dialect.sql(INSERT_AND_TELL);
    }

    /** The columns that a statement has beside those that every job has: most jobs need none of them. */
    private record Columns(boolean relations, boolean additions) {
        static final List<Columns> ALL = List.of(
                new Columns(false, false), new Columns(true, false), new Columns(false, true), new Columns(true, true));

        static Columns of(List<NewJobRow> rows) {
            return new Columns(
                    rows.stream().anyMatch(PostgresInserts::hasRelations),
                    rows.stream().anyMatch(NewJobRow::hasAdditions));
        }

        String names() {
            return (relations ? RELATIONS : "") + (additions ? ADDITIONS : "");
        }

        /** What one row has in these columns. */
        String values() {
            return (relations ? ", ?, ?, ?, ?, ?, ?" : "")
                    + (additions
                            ? ", ?, ?, ?, ?, " + AFTER.formatted("?") + ", ?, ?, " + AFTER.formatted("?")
                                    + ", ?, ?, ?, ?"
                            : "");
        }

        /** What many rows have in these columns, from the columns of their arrays. */
        String selected() {
            return names().replace("expires_at", AFTER.formatted("expires_in"))
                    .replace("due_at", "CASE WHEN parked_under IS NOT NULL THEN now() END");
        }
    }

    /** The statements with these columns. Immutable. */
    private static final class Statements {
        private final String copy;
        private final StatementText one;
        private final StatementText fresh;
        private final StatementText many;
        private final StatementText oneLabelled;
        private final StatementText freshLabelled;
        private final StatementText manyLabelled;

        Statements(SqlDialect dialect, Columns columns) {
            String names = columns.names();
            this.copy = dialect.text(COPY.formatted(COLUMNS + names));
            String insertOne = INSERT_ONE.formatted(COLUMNS + names, columns.values());
            this.one = dialect.sql(insertOne);
            this.oneLabelled = dialect.sql(ONE_LABELLED.formatted(insertOne));
            String insert = INSERT_MANY.formatted(
                    COLUMNS + names,
                    columns.additions ? RUN_OR_PARKED_AT : RUN_AT,
                    columns.selected(),
                    (columns.relations ? FRESH_RELATIONS : "") + (columns.additions ? FRESH_ADDITIONS : ""));
            this.fresh = dialect.sql(insert);
            this.many = dialect.sql(UNLESS_THERE.formatted(insert));
            this.freshLabelled = dialect.sql(FRESH_LABELLED.formatted(insert));
            this.manyLabelled = dialect.sql(LABELLED_UNLESS_THERE.formatted(insert));
        }
    }

    /**
     * Jobs without unique keys are rarely refused: a taken id makes the statement fail. It costs the server a fifth
     * less than a check of every row, and a statement that is atomic by itself needs no transaction.
     */
    @Override
    public boolean insertNew(Database database, String what, List<NewJobRow> rows) {
        if (rows.stream().anyMatch(row -> row.job().uniqueKey() != null || hasRelations(row))) {
            return false;
        }
        boolean areFew = rows.size() < fewestToCopy && perStatement(rows).size() == 1;
        try {
            return areFew
                    ? database.once(what, session -> insertNew(session, rows))
                    : database.transaction(what, session -> insertNew(session, rows));
        } catch (NotNew some) {
            return false;
        }
    }

    private boolean insertNew(Session session, List<NewJobRow> rows) throws SQLException {
        Optional<PostgresCopy> copying = rows.size() < fewestToCopy ? Optional.empty() : copying(session.connection());
        if (copying.isPresent()) {
            copy(session, copying.get(), rows);
            return true;
        }
        try {
            for (List<NewJobRow> some : perStatement(rows)) {
                Columns columns = Columns.of(some);
                List<Labels.Row> labels = Labels.of(some);
                if (labels.isEmpty()) {
                    session.update(statements(columns).fresh, binder -> bind(binder, some, columns));
                } else {
                    session.update(
                            statements(columns).freshLabelled,
                            binder -> bindLabels(bind(binder, some, columns), labels));
                }
            }
            return true;
        } catch (SQLException failed) {
            if (dialect.failureOf(failed) == SqlFailureKind.DUPLICATE) {
                throw new NotNew();
            }
            throw failed;
        }
    }

    private Optional<PostgresCopy> copying(Connection connection) throws SQLException {
        try {
            return PostgresCopy.of(connection, dialect);
        } catch (LinkageError noDriver) {
            return Optional.empty();
        }
    }

    private void copy(Session session, PostgresCopy copying, List<NewJobRow> rows) throws SQLException {
        long now = session.first(
                        BEGIN_COPYING,
                        binder -> binder.number(session.timeoutSeconds()).number(session.timeoutSeconds()),
                        row -> row.getLong(2))
                .orElseThrow();
        try {
            for (List<NewJobRow> some : perStatement(rows)) {
                Columns columns = Columns.of(some);
                copying.copy(
                        statements(columns).copy, some, (fields, row) -> write(fields, row, columns.additions, now));
                List<Labels.Row> labels = Labels.of(some);
                if (!labels.isEmpty()) {
                    session.update(putLabels, binder -> bindLabels(binder, labels));
                }
            }
        } catch (SQLException failed) {
            if (isRefusal(failed)) {
                throw new NotNew();
            }
            throw failed;
        }
    }

    /** Whether an INSERT may succeed where COPY fails, as with row-level security, or at least says what is wrong. */
    private boolean isRefusal(SQLException failed) {
        return switch (dialect.failureOf(failed)) {
            case DUPLICATE, PERMANENT, NOT_SET_UP -> true;
            // COPY into this table is not supported; or the bytes do not fit the type of the column, which is no
            // fault of the connection.
            default -> "0A000".equals(failed.getSQLState()) || "08P01".equals(failed.getSQLState());
        };
    }

    @Override
    public boolean labelsAtOnce() {
        return true;
    }

    @Override
    public PlainInsertResult insertPlain(Database database, String what, EncodedJob job, @Nullable String word) {
        return database.once(what, session -> insertPlain(session, job, word));
    }

    private PlainInsertResult insertPlain(Session session, EncodedJob job, @Nullable String word) throws SQLException {
        if (word == null) {
            int inserted = session.update(plain, binder -> bindPlain(binder, job));
            return inserted == 1 ? PlainInsertResult.INSERTED : PlainInsertResult.NOT_INSERTED;
        }
        return session.first(
                        plainAndTell,
                        binder -> bindPlain(binder, job)
                                .text(dialect.text("{job}"))
                                .text(word),
                        row -> row.getBoolean(1) ? PlainInsertResult.INSERTED_AND_TOLD : PlainInsertResult.INSERTED)
                .orElse(PlainInsertResult.NOT_INSERTED);
    }

    private static Binder bindPlain(Binder binder, EncodedJob encoded) throws SQLException {
        NewJob job = encoded.job();
        return binder.id(job.id())
                .text(job.type().name())
                .text(job.queue())
                .number(job.priority())
                .text(encoded.input());
    }

    @Override
    public Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException {
        return rows.size() == 1 ? insertOne(session, rows.get(0)) : insertMany(session, rows);
    }

    /** The server handles a plain row faster than it unpacks arrays of one. */
    private Set<UUID> insertOne(Session session, NewJobRow row) throws SQLException {
        Columns columns = new Columns(hasRelations(row), row.hasAdditions());
        List<Labels.Row> labels = Labels.of(List.of(row));
        StatementText statement = labels.isEmpty() ? statements(columns).one : statements(columns).oneLabelled;
        int inserted = session.update(statement, binder -> {
            row.bind(binder);
            if (columns.relations) {
                row.bindRelations(binder);
            }
            if (columns.additions) {
                row.bindAdditions(binder);
            }
            if (!labels.isEmpty()) {
                binder.texts(labels, Labels.Row::name).texts(labels, Labels.Row::value);
            }
        });
        return inserted == 0 ? Set.of() : Set.of(row.id());
    }

    private static boolean hasRelations(NewJobRow row) {
        return !row.relations().equals(JobRelations.NONE);
    }

    private Statements statements(Columns columns) {
        return Objects.requireNonNull(statements.get(columns));
    }

    private Set<UUID> insertMany(Session session, List<NewJobRow> rows) throws SQLException {
        Set<UUID> inserted = new HashSet<>();
        for (List<NewJobRow> some : perStatement(rows)) {
            Columns columns = Columns.of(some);
            List<Labels.Row> labels = Labels.of(some);
            session.query(
                    labels.isEmpty() ? statements(columns).many : statements(columns).manyLabelled,
                    binder -> {
                        bind(binder, some, columns);
                        if (!labels.isEmpty()) {
                            bindLabels(binder, labels);
                        }
                        binder.number(some.size());
                    },
                    row -> inserted.addAll(inserted(row, some)));
        }
        return inserted;
    }

    private static List<List<NewJobRow>> perStatement(List<NewJobRow> rows) {
        return Pieces.of(rows, ROWS_PER_STATEMENT, NewJobRow::length);
    }

    private static List<UUID> inserted(ResultSet row, List<NewJobRow> some) throws SQLException {
        if (row.getInt(2) == some.size()) {
            return some.stream().map(NewJobRow::id).toList();
        }
        Array ids = row.getArray(1);
        return ids == null ? List.of() : Arrays.asList((UUID[]) ids.getArray());
    }

    /** Rows with relations are not copied. */
    private static void write(BinaryCopyRows fields, NewJobRow row, boolean additions, long now) throws SQLException {
        NewJob job = row.job();
        fields.row(additions ? FIELDS + MORE_FIELDS : FIELDS)
                .uuid(row.id())
                .uuid(job.parentId())
                .text(job.userId())
                .text(job.projectId())
                .text(row.type())
                .text(job.queue())
                .smallint(job.priority())
                .text(row.status().text())
                .timestamptz(row.parked() == null ? now + Binder.microsOf(job.delay()) : NEVER)
                .text(row.key(UniqueKey.Scope.UNTIL_ENDED))
                .smallint(job.maxAttempts())
                .bigint(millisOrNull(job.timeLimit()))
                .text(tagOrNull(job.locale()))
                .jsonb(row.input());
        if (additions) {
            Duration expiresAfter = job.expiresAfter();
            fields.text(row.metadata())
                    .text(job.traceContext())
                    .text(row.key(UniqueKey.Scope.UNTIL_STARTED))
                    .text(row.key(UniqueKey.Scope.PERIOD))
                    .timestamptz(expiresAfter == null ? null : now + Binder.microsOf(expiresAfter))
                    .text(row.limits())
                    .text(row.parked())
                    .timestamptz(row.parked() == null ? null : now)
                    .smallint(row.parkedRank())
                    .text(row.sequenceKey())
                    .bigint(row.sequencePlace())
                    .text(row.sequenceFailure());
        }
    }

    private static Binder bind(Binder binder, List<NewJobRow> rows, Columns columns) throws SQLException {
        binder.ids(rows, NewJobRow::id)
                .ids(rows, row -> row.job().parentId())
                .texts(rows, row -> row.job().userId())
                .texts(rows, row -> row.job().projectId())
                .texts(rows, NewJobRow::type)
                .texts(rows, row -> row.job().queue())
                .numbers(rows, row -> (long) row.job().priority())
                .texts(rows, row -> row.status().text())
                .numbers(rows, row -> Binder.microsOf(row.job().delay()))
                .texts(rows, row -> row.key(UniqueKey.Scope.UNTIL_ENDED))
                .numbers(rows, row -> longOrNull(row.job().maxAttempts()))
                .numbers(rows, row -> millisOrNull(row.job().timeLimit()))
                .texts(rows, row -> tagOrNull(row.job().locale()))
                .texts(rows, NewJobRow::input);
        if (columns.relations) {
            binder.numbers(rows, row -> longOrNull(row.relations().position()))
                    .flags(rows, NewJobRow::sealed)
                    .texts(rows, NewJobRow::onChildFailure)
                    .flags(rows, row -> row.relations().cancelsOtherChildren())
                    .texts(rows, NewJobRow::onPredecessorFailure)
                    .flags(rows, row -> row.relations().hasSuccessors());
        }
        if (columns.additions) {
            binder.texts(rows, NewJobRow::metadata)
                    .texts(rows, row -> row.job().traceContext())
                    .texts(rows, row -> row.key(UniqueKey.Scope.UNTIL_STARTED))
                    .texts(rows, row -> row.key(UniqueKey.Scope.PERIOD))
                    .numbers(rows, row -> microsOrNull(row.job().expiresAfter()))
                    .texts(rows, NewJobRow::limits)
                    .texts(rows, NewJobRow::parked)
                    .numbers(rows, row -> longOrNull(row.parkedRank()))
                    .texts(rows, NewJobRow::sequenceKey)
                    .numbers(rows, NewJobRow::sequencePlace)
                    .texts(rows, NewJobRow::sequenceFailure);
        }
        return binder;
    }

    private static Binder bindLabels(Binder binder, List<Labels.Row> labels) throws SQLException {
        return binder.ids(labels, Labels.Row::jobId)
                .texts(labels, Labels.Row::name)
                .texts(labels, Labels.Row::value);
    }

    private static @Nullable Long microsOrNull(@Nullable Duration length) {
        return length == null ? null : Binder.microsOf(length);
    }

    private static @Nullable Long millisOrNull(@Nullable Duration length) {
        return length == null ? null : length.toMillis();
    }

    private static @Nullable String tagOrNull(@Nullable Locale locale) {
        return locale == null ? null : locale.toLanguageTag();
    }

    private static @Nullable Long longOrNull(@Nullable Integer number) {
        return number == null ? null : number.longValue();
    }

    /** Some rows exist already, or cannot be copied. Rolls back the transaction that it leaves. */
    @SuppressWarnings("serial") // Caught where it is thrown for.
    private static final class NotNew extends RuntimeException {
        NotNew() {
            super("Some are there already, or cannot be copied", null, false, false);
        }
    }
}
