package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.jdbc.internal.driver.PostgresOpenTransaction;
import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TransactionEnd;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** PostgreSQL 14 and newer. */
public final class PostgresDialect extends SqlDialect {
    public static final String NAME = "postgresql";
    public static final String OLDEST = "14";

    /** With these, the server ends the session as well. */
    private static final String IDLE_IN_TRANSACTION = "25P03";

    private static final String TRANSACTION_TIMEOUT = "25P04";

    private static final String EACH_ID = "unnest(?::uuid[]) AS of (id)";

    /** From here on the calendar of {@link Timestamp} is that of {@link Instant}. */
    private static final long GREGORIAN = Instant.parse("1600-01-01T00:00:00Z").toEpochMilli();

    /** Before the driver's 'infinity'. */
    private static final long FAR_AWAY = Instant.parse("+10000-01-01T00:00:00Z").toEpochMilli();

    /** Any number that never changes and that no other program uses: "forthwit" in ASCII. */
    private static final long MIGRATION_LOCK = 0x666f727468776974L;

    /**
     * As an expression: makes the commit wait for the synchronous standbys, if there are any. The record that it writes to the log has no
     * other effect. Every role may call the function.
     */
    static final String AWAIT_STANDBYS = """
            CASE WHEN current_setting('synchronous_standby_names') <> ''
              THEN pg_logical_emit_message(true, 'forthwith', CAST('' AS text)) END""";

    private static final StatementText AWAIT = StatementText.of("SELECT " + AWAIT_STANDBYS);

    private static final StatementText LOCK_MIGRATION = StatementText.of("SELECT pg_advisory_xact_lock(?)");

    /** In seconds. One that takes over all jobs of a dead worker works for long. */
    private static final long SHORTEST_TRANSACTION_TIMEOUT = 30;

    private final Server server;

    public PostgresDialect(TableNames tables) {
        this(Server.UNKNOWN, tables);
    }

    private PostgresDialect(Server server, TableNames tables) {
        super(new StatementTemplates(tables, name -> '"' + name + '"', false, words()));
        this.server = server;
    }

    /**
     * That of a server.
     *
     * @param version what {@code version()} answers
     */
    public static PostgresDialect of(String version, TableNames tables) {
        return new PostgresDialect(Server.of(version), tables);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void requireNoTransaction(Connection connection) throws SQLException {
        PostgresOpenTransaction.refuse(connection);
    }

    @Override
    protected boolean takesManyStatements() {
        return true;
    }

    /**
     * For this transaction only: to read the level of the connection and restore it would be two more round trips.
     *
     * <p>A transaction may end by itself in two cases. If this process is stopped between two statements, it is idle. If it is stopped while the server sends it a
     * large answer, or cannot be reached any more, the answer is not taken.
     */
    @Override
    public void begin(Session session, @Nullable TransactionEnd end) {
        StringBuilder settings = new StringBuilder();
        Duration lockWait = session.lockWait();
        if (lockWait != null) {
            set(settings, "lock_timeout", lockWait);
        }
        if (end != null) {
            Duration silence = end.silence().longest();
            set(settings, "idle_in_transaction_session_timeout", silence);
            if (server.endsDeafConnections()) {
                set(settings, "tcp_user_timeout", silence);
            }
            if (end.isBounded() && server.limitsTransactions()) {
                set(
                        settings,
                        "transaction_timeout",
                        Duration.ofSeconds(Math.max(2L * session.timeoutSeconds(), SHORTEST_TRANSACTION_TIMEOUT)));
            }
        }
        session.opensWith(settings.isEmpty() ? READ_COMMITTED : READ_COMMITTED.plus(settings.toString()));
    }

    private static void set(StringBuilder settings, String name, Duration time) {
        settings.append("; SET LOCAL ").append(name).append(" = ").append(Math.max(1, time.toMillis()));
    }

    /** A field of the driver: no round trip. */
    @Override
    protected void requireReplicated(Statement answered) throws SQLException {
        UnreplicatedCommit.refuse(answered.getWarnings());
    }

    /**
     * As a statement, which has a time-out: while a synchronous standby is away, the server would wait for it long after this client has given up. When the driver
     * cancels the statement, the server ends the wait, and says so.
     */
    @Override
    public void commit(Connection connection, int timeoutSeconds) throws SQLException {
        try (Statement commit = connection.createStatement()) {
            commit.setQueryTimeout(timeoutSeconds);
            commit.execute("COMMIT");
            UnreplicatedCommit.refuse(commit.getWarnings());
        }
    }

    @Override
    @Nullable
    protected String trouble(SQLException thrown) {
        return switch (Objects.requireNonNullElse(thrown.getSQLState(), "")) {
            case UnreplicatedCommit.COMPLETION_UNKNOWN -> "the synchronous standby does not answer";
            case "25006" -> "the server is read-only, as a standby is";
            case "53100" -> "the disk of the server is full";
            case "53300" -> "the server has no free connection";
            case IDLE_IN_TRANSACTION, TRANSACTION_TIMEOUT ->
                "this process was silent for so long that the server has ended its transaction";
            default -> null;
        };
    }

    @Override
    public void awaitReplicas(Session session) throws SQLException {
        session.query(AWAIT, Binder.NONE, row -> null);
    }

    @Override
    public boolean limitsLockWaits() {
        return true;
    }

    @Override
    public boolean isHeldByOthers(SQLException thrown) {
        return "55P03".equals(thrown.getSQLState());
    }

    @Override
    public boolean startsReadCommitted(Connection connection) throws SQLException {
        return connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED;
    }

    @Override
    public void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
        if (id == null) {
            statement.setNull(index, Types.OTHER, "uuid");
        } else {
            statement.setObject(index, id);
        }
    }

    @Override
    public int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException {
        statement.setObject(last + 1, Binder.arrayOf(ids), Types.OTHER);
        return last + 1;
    }

    /** The driver reads a {@link Timestamp} in half the time, but in another calendar before 1582. */
    @Override
    public @Nullable Instant readTime(ResultSet row, int index) throws SQLException {
        Timestamp time = row.getTimestamp(index);
        if (time == null) {
            return null;
        }
        return time.getTime() >= GREGORIAN && time.getTime() < FAR_AWAY ? time.toInstant() : super.readTime(row, index);
    }

    @Override
    @Nullable
    public UUID readId(ResultSet row, int index) throws SQLException {
        return row.getObject(index, UUID.class);
    }

    @Override
    public SqlFailureKind failureOf(SQLException thrown) {
        String state = Objects.requireNonNullElse(thrown.getSQLState(), "");
        return switch (state) {
            case "40001", "40P01" -> SqlFailureKind.CONFLICT;
            case "23505" -> SqlFailureKind.DUPLICATE;
            // Lock time-out, statement time-out, starting up, read-only after a fail-over; a plan that a migration
            // has made obsolete, a prepared statement that a pooler has lost or left to another connection.
            case "55P03", "57014", "57P03", "25006", "0A000", "26000", "42P05" -> SqlFailureKind.TRANSIENT;
            // The server has rolled back a transaction that was idle or took too long.
            case IDLE_IN_TRANSACTION, TRANSACTION_TIMEOUT -> SqlFailureKind.TRANSIENT;
            // 40003: completion unknown.
            case "40003" -> SqlFailureKind.DISCONNECTED;
            default -> ofClass(state.length() < 2 ? "" : state.substring(0, 2));
        };
    }

    @Override
    public boolean isOfNoMoreUse(SQLException thrown) {
        return super.isOfNoMoreUse(thrown)
                || IDLE_IN_TRANSACTION.equals(thrown.getSQLState())
                || TRANSACTION_TIMEOUT.equals(thrown.getSQLState());
    }

    private static SqlFailureKind ofClass(String stateClass) {
        return switch (stateClass) {
            // 57P01 and the like: the server ends the session, perhaps after the commit.
            case "08", "57" -> SqlFailureKind.DISCONNECTED;
            case "53", "58" -> SqlFailureKind.TRANSIENT;
            case "42" -> SqlFailureKind.NOT_SET_UP;
            case "21", "22", "23", "44", "54" -> SqlFailureKind.PERMANENT;
            default -> SqlFailureKind.UNCLEAR;
        };
    }

    @Override
    public String changeColumn(String table, String column, String type, String definition, boolean isNullable) {
        return text("ALTER TABLE {" + table + "}") + " ALTER COLUMN " + column + " TYPE " + type + " USING " + column
                + "::" + type + ", ALTER COLUMN " + column + (isNullable ? " DROP NOT NULL" : " SET NOT NULL");
    }

    @Override
    public String createOnline(String createIndex) {
        return createIndex.replace(" INDEX ", " INDEX CONCURRENTLY ");
    }

    @Override
    public void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        session.query(LOCK_MIGRATION, binder -> binder.number(MIGRATION_LOCK), row -> null);
        work.on(session);
    }

    private static Map<String, String> words() {
        Map<String, String> words = new HashMap<>();
        // The start of the statement: the same time throughout it, so that indexes on times can be used.
        words.put("now", "statement_timestamp()");
        words.put("after", "statement_timestamp() + ? * interval '1 microsecond'");
        words.put("after_or_null", words.get("after"));
        words.put("json", "CAST(? AS jsonb)");
        words.put("put", "INSERT INTO");
        words.put("by_claim", "");
        words.put(
                "instead",
                "ON CONFLICT (job_id, claim) DO UPDATE SET "
                        + Stream.of(
                                        "attempt",
                                        "kind",
                                        "code",
                                        "message",
                                        "exception_class",
                                        "trace",
                                        "worker_id",
                                        "started_at",
                                        "failed_at",
                                        "type",
                                        "cause")
                                .map(column -> column + " = excluded." + column)
                                .collect(Collectors.joining(", ")));
        words.put("instead_value", "ON CONFLICT (job_id, name) DO UPDATE SET label_value = excluded.label_value");
        words.put("open_key", "unique_key");
        words.put("unless_there", "ON CONFLICT DO NOTHING");
        words.put("open_start_key", "start_key");
        words.put("open_expiry", "expires_at");
        words.put("far", "timestamptz '8000-01-01 00:00:00+00'");
        words.put("after_never", "timestamptz '9000-01-01 00:00:01+00'");
        // A plan that was made for a small table of keys would read all of it when it is large, and one that collects
        // rows before it sorts them reads all parked jobs, or all running jobs for each key. And with the values of
        // lists a plan looks cheaper than the stored one, so that each claim would make it again. Before PostgreSQL 18
        // a plan that has to sort all the same looks dear enough to be compiled.
        words.put(
                "by_index",
                Stream.of("enable_seqscan", "enable_bitmapscan", "enable_sort", "jit")
                        .map(each -> "set_config('" + each + "', 'off', true) || ")
                        .collect(Collectors.joining(
                                "", "", "set_config('plan_cache_mode', 'force_generic_plan', true)")));
        // Each key by itself: otherwise every row may be compared with every key.
        words.put(
                "locked_limit_keys",
                "unnest(?::text[]) AS wanted (wanted_key) CROSS JOIN LATERAL (SELECT * FROM {job_limit_key}"
                        + " WHERE limit_key = wanted_key COLLATE \"C\" LIMIT 1 FOR UPDATE SKIP LOCKED) AS locked");
        words.put(
                "existing_limit_keys",
                "unnest(?::text[]) AS wanted (wanted_key) CROSS JOIN LATERAL (SELECT limit_key FROM {job_limit_key}"
                        + " WHERE limit_key = wanted_key COLLATE \"C\" LIMIT 1) AS found");
        // As plans must not sort, the order, which all of them share, keeps the planner from the index of all running
        // jobs: after an analysis that saw few of them, it is the smaller one.
        words.put(
                "running_of_keys",
                "unnest(?::text[]) AS wanted (wanted_key) CROSS JOIN LATERAL (SELECT limits FROM {job}"
                        + " WHERE {holding} >= wanted_key COLLATE \"C\" AND limits <= wanted_key COLLATE \"C\""
                        + " ORDER BY limits LIMIT 1000000) AS held");
        words.put(
                "running_of_several",
                "(SELECT id, limits FROM {job} WHERE {holding} >= '+' AND {holding} < ',' ORDER BY limits LIMIT 1000000)"
                        + " AS several");
        words.put("draw_number", "INSERT INTO {job_number} DEFAULT VALUES RETURNING n");
        words.put(
                "open_sequence",
                "sequence_key IS NOT NULL AND status IN ('pending', 'processing', 'waiting', 'failed') AND sequence_key");
        words.put("type_limit", "'type:' || type");
        words.put("holding", "limits IS NOT NULL AND status = 'processing' AND limits");
        words.put("timestamp", "TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL");
        words.put("ids", "unnest(?::uuid[]) AS p (id)");
        words.put("children", EACH_ID + each("c", "{job}", "parent_id") + " WHERE TRUE");
        words.put(
                "successors",
                EACH_ID + each("e", "{job_predecessor}", "predecessor_id") + one("s", "e.job_id") + " WHERE TRUE");
        words.put(
                "predecessors",
                EACH_ID + each("e", "{job_predecessor}", "job_id") + one("p", "e.predecessor_id") + " WHERE TRUE");
        words.put("last_positions", FamilyPhrases.LAST_POSITIONS);
        words.put("lock_predecessor_rows", lockPredecessorRows());
        return words;
    }

    private static String lockPredecessorRows() {
        String predecessorRows = "SELECT e.job_id, e.predecessor_id FROM " + EACH_ID;
        return "SELECT locked.job_id FROM (" + predecessorRows + each("e", "{job_predecessor}", "job_id")
                + " UNION " + predecessorRows + each("e", "{job_predecessor}", "predecessor_id") + """
                 ORDER BY job_id, predecessor_id) AS tie
                CROSS JOIN LATERAL (
                  SELECT e.job_id FROM {job_predecessor} e
                  WHERE e.job_id = tie.job_id AND e.predecessor_id = tie.predecessor_id FOR UPDATE) AS locked""";
    }

    /**
     * The rows of a table for one id, by the index of that column, whatever number of rows the planner expects for an
     * average id. A range has no average, and cannot become a join with the whole table.
     */
    private static String each(String name, String table, String column) {
        return " CROSS JOIN LATERAL (SELECT * FROM %s AS r WHERE r.%s >= of.id AND r.%s <= of.id OFFSET 0) AS %s"
                .formatted(table, column, column, name);
    }

    private static String one(String name, String id) {
        return " CROSS JOIN LATERAL (SELECT * FROM {job} AS r WHERE r.id = %s OFFSET 0) AS %s".formatted(id, name);
    }

    /**
     * What a server can do beside what all supported versions can.
     *
     * @param endsDeafConnections whether it may limit how long a client takes no answer: the operating system has to count that
     * @param limitsTransactions whether it has a time-out for whole transactions
     */
    private record Server(boolean endsDeafConnections, boolean limitsTransactions) {
        /** Of a server that has not been asked. */
        static final Server UNKNOWN = new Server(false, false);

        private static final int FIRST_WITH_TRANSACTION_TIMEOUT = 17;
        private static final Pattern MAJOR = Pattern.compile("^PostgreSQL (\\d+)");

        /** With this answer of {@code version()}. */
        static Server of(String version) {
            Matcher major = MAJOR.matcher(version);
            // Elsewhere the server would write a line to its log at each transaction.
            return new Server(
                    version.contains("linux"),
                    major.find() && Integer.parseInt(major.group(1)) >= FIRST_WITH_TRANSACTION_TIMEOUT);
        }
    }
}
