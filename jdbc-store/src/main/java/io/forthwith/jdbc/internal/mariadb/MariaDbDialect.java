package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.limits.LimitPhrases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.DatabaseVersion;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TextIdDialect;
import io.forthwith.jdbc.internal.sql.TransactionEnd;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB 10.6 and MySQL 8.0.17 and newer; they differ in the names of collations and in few words.
 *
 * <p>Columns hold times in UTC, without a zone: the time zones of the session, of the JVM and of the server have no
 * effect.
 */
public final class MariaDbDialect extends TextIdDialect {
    public static final String MARIADB = "mariadb";
    public static final String MYSQL = "mysql";

    /** Collations that compare byte by byte; a space at the end counts. */
    private static final Map<String, String> COLLATIONS = Map.of(MARIADB, "nopad_bin", MYSQL, "0900_bin");

    /** The names of the exception in both drivers. */
    private static final Set<String> TOO_BIG = Set.of("MaxAllowedPacketException", "PacketTooBigException");

    /** The server is read-only, or a node that is not in its cluster at the moment. */
    private static final Set<Integer> REFUSING = Set.of(1290, 1836, 1047);

    /** The range of the columns. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private static final Pattern WRITE = Pattern.compile("\\s*(INSERT|REPLACE|UPDATE|DELETE)\\b");

    private static final String FOR_UPDATE = "FOR UPDATE";

    private final boolean isMariaDb;
    private final boolean isCluster;
    private final TableNames tables;
    private final StatementTemplates latest;
    private final StatementText touch;

    private MariaDbDialect(String product, TableNames tables, Map<String, String> words, boolean isCluster) {
        super(text(tables, words, ""));
        this.isMariaDb = product.equals(MARIADB);
        this.isCluster = isCluster;
        this.tables = tables;
        this.latest = text(tables, words, "LOCK IN SHARE MODE");
        // A row that keeps its values is not written.
        this.touch =
                sql("UPDATE {job} SET updated_at = {now} + INTERVAL (updated_at = {now}) MICROSECOND WHERE id {in}");
    }

    private static StatementTemplates text(TableNames tables, Map<String, String> words, String latest) {
        Map<String, String> all = new HashMap<>(words);
        all.put(StatementTemplates.LATEST, latest);
        return new StatementTemplates(tables, name -> '`' + name + '`', false, all);
    }

    private static Map<String, String> words(String product) {
        Map<String, String> words = new HashMap<>(FamilyPhrases.STANDARD);
        words.putAll(LimitPhrases.STANDARD);
        words.put("now", "UTC_TIMESTAMP(6)");
        words.put("after", "UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND");
        words.put("after_or_null", words.get("after"));
        words.put("json", "?");
        words.put("put", "REPLACE INTO");
        words.put("by_claim", "");
        words.put("instead", "");
        // Lists are written out: only then does the optimizer of every version use the primary key, and lock in its
        // order.
        words.put("in", "IN (" + StatementText.LIST + ")");
        // Without a sub-select, which would read the old snapshot. It reads only the last index entry of each parent.
        words.put(
                "last_positions",
                "SELECT parent_id, max(position) FROM {job} WHERE parent_id {in} GROUP BY parent_id {latest}");
        // Where one family has a tenth of all jobs, the planner would read the whole table.
        words.put("all_children", "{job} c FORCE INDEX ({index job_child}) WHERE c.parent_id {in}");
        words.put("open_key", "open_key");
        words.put("unless_there", "");
        words.put("open_start_key", "open_start_key");
        words.put("open_expiry", "open_expiry");
        words.put("far", "'8000-01-01 00:00:00'");
        words.put("after_never", "'9000-01-01 00:00:01'");
        words.put("draw_number", "INSERT INTO {job_number} VALUES () RETURNING n");
        words.put("open_sequence", "open_sequence");
        words.put("type_limit", "concat('type:', type)");
        words.put("holding", "held_limits");
        words.put("suspicion", "suspicion");
        words.put("good_id", "id REGEXP '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'");
        words.put("timestamp", "DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL");
        words.put("id", "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin");
        String collation = "utf8mb4_" + Objects.requireNonNull(COLLATIONS.get(product));
        words.put(
                "ids",
                "JSON_TABLE(JSON_ARRAY(" + StatementText.LIST + "), '$[*]' COLUMNS (id VARCHAR(255)"
                        + " CHARACTER SET utf8mb4 COLLATE " + collation + " PATH '$')) AS p");
        words.put("if_not_exists", product.equals(MARIADB) ? "IF NOT EXISTS" : "");
        words.put("table", "ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = " + collation);
        return words;
    }

    public static MariaDbDialect of(DatabaseMetaData database, TableNames tables) throws SQLException {
        String version = database.getDatabaseProductVersion();
        // Some drivers call a MariaDB server MySQL.
        boolean isMariaDb =
                version.contains("MariaDB") || database.getDatabaseProductName().equals("MariaDB");
        DatabaseVersion.require(isMariaDb ? "MariaDB" : "MySQL", version, isMariaDb ? "10.6" : "8.0.17");
        return named(isMariaDb ? MARIADB : MYSQL, tables);
    }

    public static MariaDbDialect named(String product, TableNames tables) {
        return new MariaDbDialect(product, tables, words(product), false);
    }

    /** The same for this server, which may be a node of a Galera cluster. */
    public MariaDbDialect on(Connection connection) throws SQLException {
        // A node answers this also outside its cluster.
        try (Statement statement = connection.createStatement();
                ResultSet variable = statement.executeQuery("SHOW VARIABLES LIKE 'wsrep_on'")) {
            boolean isNode = variable.next() && variable.getString(2).equals("ON");
            String product = isMariaDb ? MARIADB : MYSQL;
            return isNode ? new MariaDbDialect(product, tables, words(product), true) : this;
        }
    }

    @Override
    public String name() {
        return MARIADB;
    }

    /**
     * The default of both databases would read an old snapshot and lock the gaps between rows. The time-out is of the session and is set in the same round trip, with what it was
     * in a variable of the session; {@link #ended} sets it back.
     */
    @Override
    public void begin(Session session, @Nullable TransactionEnd end) throws SQLException {
        session.update(
                end != null && isMariaDb
                        ? StatementText.of(
                                "SET @forthwith_idle_transaction_timeout = @@SESSION.idle_transaction_timeout,"
                                        + " SESSION idle_transaction_timeout = "
                                        + end.silence().longest().toSeconds() + ", @@tx_isolation = 'READ-COMMITTED'")
                        : READ_COMMITTED,
                Binder.NONE);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The driver of MariaDB learns from the answer that statements commit again, and does not ask for it then. So this takes no round trip more, unless the pool has auto-commit
     * switched off, or the driver is that of MySQL.
     */
    @Override
    public void ended(Connection connection, @Nullable TransactionEnd end, boolean commitsEach) throws SQLException {
        if (end != null && isMariaDb) {
            try (Statement statement = connection.createStatement()) {
                statement.execute((commitsEach ? "SET autocommit = 1, " : "SET ")
                        + "SESSION idle_transaction_timeout = @forthwith_idle_transaction_timeout");
            }
        }
    }

    /**
     * With a lock wait below a second, a statement waits for no lock at all: the server counts seconds. The driver sets its time-outs in the same way,
     * so this takes no round trip more. MySQL never waits for so long, and cannot limit the waits of writes.
     */
    @Override
    protected PreparedStatement prepare(Session session, String text) throws SQLException {
        Duration wait = session.lockWait();
        if (wait != null && text.endsWith(FOR_UPDATE)) {
            return super.prepare(session, text + (limitsLockWaits(wait) ? " WAIT " + wait.toSeconds() : " NOWAIT"));
        }
        return isMariaDb && wait != null && WRITE.matcher(text).lookingAt()
                ? session.connection()
                        .prepareStatement("SET STATEMENT max_statement_time = " + session.timeoutSeconds()
                                + ", innodb_lock_wait_timeout = " + wait.toSeconds() + " FOR " + text)
                : super.prepare(session, text);
    }

    @Override
    public boolean limitsLockWaits(Duration wait) {
        return isMariaDb && wait.toSeconds() > 0;
    }

    /** A node of Galera knows only its own locks, but two nodes cannot both commit a change of one row. */
    @Override
    public void touch(Session session, Collection<UUID> locked) throws SQLException {
        if (isCluster) {
            session.update(touch, binder -> binder.ids(locked));
        }
    }

    /** A node that lags would show what was before the commits that others have acknowledged. MySQL cannot wait for one statement. */
    @Override
    public void catchUp(Session session) throws SQLException {
        if (isCluster && isMariaDb) {
            try (Statement wait = session.connection().createStatement()) {
                wait.execute("SET STATEMENT wsrep_sync_wait = 1, max_statement_time = " + session.timeoutSeconds()
                        + " FOR SELECT 1");
            } catch (SQLException failed) {
                // A node that cannot catch up says that it has waited for a lock, which is not so.
                throw failed.getErrorCode() == 1205
                        ? new SQLException("The node cannot catch up with its cluster", "08S01", 1047, failed)
                        : failed;
            }
        }
    }

    /** A lock was not granted at once or in time. */
    @Override
    public boolean isHeldByOthers(SQLException thrown) {
        return thrown.getErrorCode() == 1205 || thrown.getErrorCode() == 3572;
    }

    @Override
    public boolean sharesLocksOfMetKeys() {
        return true;
    }

    /** Single statements always read what is committed. */
    @Override
    public boolean startsReadCommitted(Connection connection) {
        return true;
    }

    /** A query has a second text: a transaction of the host may have an old snapshot, and that text reads what is committed. */
    @Override
    public StatementText sql(String template) {
        String plain = text(template);
        String committed = latest(template);
        if (!committed.equals(plain)) {
            return StatementText.reading(plain, StatementText.of(committed));
        }
        boolean onlyReads = plain.startsWith("SELECT") && plain.contains(" FROM ") && !plain.contains("FOR UPDATE");
        return onlyReads ? StatementText.reading(plain, null) : StatementText.of(plain);
    }

    /** At the end of a UNION it would be for the last query only. */
    private String latest(String template) {
        List<String> queries = StatementTemplates.queries(template);
        return queries.size() == 1
                ? latest.of(template)
                : queries.stream().map(query -> "(" + latest.of(query) + ")").collect(Collectors.joining(" UNION "));
    }

    @Override
    public String textOf(StatementText statement, Binder.Params params) throws SQLException {
        List<String> pieces = statement.pieces();
        if (pieces.size() == 1) {
            return pieces.get(0);
        }
        ListLengths lengths = new ListLengths(this);
        params.bind(lengths);
        StringBuilder text = new StringBuilder(pieces.get(0));
        for (int list = 1; list < pieces.size(); list++) {
            text.append('?')
                    .append(", ?".repeat(room(lengths.get(list - 1)) - 1))
                    .append(pieces.get(list));
        }
        return text.toString();
    }

    /** Powers of two: so there are few different statements. */
    private static int room(int size) {
        return size <= 1 ? 1 : Integer.highestOneBit(size - 1) << 1;
    }

    @Override
    public int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException {
        return bindTexts(statement, last, ids.stream().map(UUID::toString).toList());
    }

    @Override
    public int bindTexts(PreparedStatement statement, int last, Collection<String> texts) throws SQLException {
        int index = last;
        String filling = null;
        for (String text : texts) {
            statement.setString(++index, text);
            filling = text;
        }
        while (index < last + room(texts.size())) {
            statement.setString(++index, filling);
        }
        return index;
    }

    @Override
    public void bindTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(index, Types.TIMESTAMP);
        } else {
            Instant held = time.isBefore(EARLIEST) ? EARLIEST : time.isAfter(LATEST) ? LATEST : time;
            statement.setObject(index, LocalDateTime.ofInstant(held.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC));
        }
    }

    @Override
    @Nullable
    public Instant readTime(ResultSet row, int index) throws SQLException {
        LocalDateTime time = row.getObject(index, LocalDateTime.class);
        return time == null ? null : time.toInstant(ZoneOffset.UTC);
    }

    @Override
    public SqlFailureKind failureOf(SQLException thrown) {
        // The driver may wrap the exception of a batch without its codes.
        SQLException told = thrown instanceof BatchUpdateException && thrown.getCause() instanceof SQLException cause
                ? cause
                : thrown;
        // The time-out of MySQL's driver has no code.
        if (told instanceof SQLTimeoutException) {
            return SqlFailureKind.TRANSIENT;
        }
        return isTooBig(told) ? SqlFailureKind.PERMANENT : ofCode(told);
    }

    /**
     * The statement is larger than the driver may send. Only the class of the cause tells; the codes are those of a
     * network failure, or missing.
     */
    private static boolean isTooBig(Throwable thrown) {
        for (Throwable each = thrown; each != null; each = each.getCause()) {
            if (TOO_BIG.contains(each.getClass().getSimpleName())) {
                return true;
            }
        }
        return false;
    }

    private static SqlFailureKind ofCode(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            // Deadlock; record changed since the last read; a savepoint is gone, and with it the transaction: a
            // deadlock in a batch after another failure.
            case 1213, 1020, 1305 -> SqlFailureKind.CONFLICT;
            case 1062, 1586 -> SqlFailureKind.DUPLICATE;
            // Lock not available at once or in time; query interrupted, statement time-out (of both databases); read-
            // only; a node that is not in its cluster, which does nothing, though its SQLState is that of a lost
            // connection. Too many connections in all, of a user, of a role; disk full, table full, out of memory.
            case 1205, 3572, 1317, 1969, 3024, 1290, 1836, 1047, 1040, 1203, 1226, 1021, 1114, 1037, 1041 ->
                SqlFailureKind.TRANSIENT;
            // Shutting down, killed.
            case 1053, 1927 -> SqlFailureKind.DISCONNECTED;
            // Larger than max_allowed_packet; a CHECK is violated (MariaDB, MySQL); a column would be null.
            case 1153, 4025, 3819, 1048 -> SqlFailureKind.PERMANENT;
            default -> ofClass(Objects.requireNonNullElse(thrown.getSQLState(), ""));
        };
    }

    @Override
    @Nullable
    protected String trouble(SQLException thrown) {
        return switch (thrown.getErrorCode()) {
            case 1290, 1836 -> "the server is read-only";
            case 1047 -> "this node is not in its cluster";
            case 1021, 1114 -> "the disk of the server is full";
            case 1040, 1203, 1226 -> "the server has no free connection";
            default -> null;
        };
    }

    /** A server that refuses all writes has codes of its own. */
    @Override
    public boolean isOfNoMoreUse(SQLException thrown) {
        return super.isOfNoMoreUse(thrown) || REFUSING.contains(thrown.getErrorCode());
    }

    private static SqlFailureKind ofClass(String state) {
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08" -> SqlFailureKind.DISCONNECTED;
            case "42" -> SqlFailureKind.NOT_SET_UP;
            case "21", "22", "23" -> SqlFailureKind.PERMANENT;
            default -> SqlFailureKind.UNCLEAR;
        };
    }

    @Override
    public String changeColumn(String table, String column, String type, String definition, boolean isNullable) {
        return text("ALTER TABLE {" + table + "}") + " MODIFY COLUMN " + column + ' '
                + definition.replace(" PRIMARY KEY", "");
    }

    /** MySQL has no IF NOT EXISTS for columns. */
    @Override
    public boolean isColumnThere(SQLException thrown) {
        return !isMariaDb && thrown.getErrorCode() == 1060;
    }

    /** Takes a lock of the server with a name for these tables: a lock on the tables would end with each statement. */
    @Override
    public void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        String name = "CONCAT('forthwith ', SHA1(CONCAT(COALESCE(DATABASE(), ''), ' " + text("{job}") + "')))";
        boolean locked = session.first(
                        StatementText.of("SELECT GET_LOCK(" + name + ", ?)"),
                        binder -> binder.number(session.timeoutSeconds()),
                        row -> row.getInt(1) == 1)
                .orElse(false);
        if (!locked) {
            throw new SQLException("Another process has been changing the schema for too long", "HY000", 1205);
        }
        try {
            work.on(session);
            // Otherwise the next process would still find the old version.
            session.connection().commit();
        } finally {
            session.query(StatementText.of("SELECT RELEASE_LOCK(" + name + ")"), Binder.NONE, row -> null);
        }
    }

    /** Counts the values of each list that a statement is prepared for. */
    private static final class ListLengths extends Binder {
        private final List<Integer> lengths = new ArrayList<>();

        ListLengths(SqlDialect dialect) {
            super(NoOpStatement.STATEMENT, dialect);
        }

        int get(int list) {
            return lengths.get(list);
        }

        @Override
        public Binder ids(Collection<UUID> ids) {
            lengths.add(ids.size());
            return this;
        }

        @Override
        public Binder texts(Collection<String> texts) {
            lengths.add(texts.size());
            return this;
        }
    }
}
