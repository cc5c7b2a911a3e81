package io.forthwith.jdbc.internal.mariadb;

import io.forthwith.jdbc.internal.family.FamilyPhrases;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.SqlFailureKind;
import io.forthwith.jdbc.internal.sql.StatementTemplates;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.jdbc.internal.sql.TableNames;
import io.forthwith.jdbc.internal.sql.TextIdDialect;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Types;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * MariaDB 10.6 and MySQL 8.0.17 and newer; they differ only in the names of collations.
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

    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)");

    private static final Set<Integer> READ_ONLY = Set.of(1290, 1836);

    /** The range of the columns. */
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

    private final StatementTemplates latest;

    private MariaDbDialect(TableNames tables, Map<String, String> words) {
        super(text(tables, words, ""));
        this.latest = text(tables, words, "LOCK IN SHARE MODE");
    }

    private static StatementTemplates text(TableNames tables, Map<String, String> words, String latest) {
        Map<String, String> all = new HashMap<>(words);
        all.put(StatementTemplates.LATEST, latest);
        return new StatementTemplates(tables, name -> '`' + name + '`', false, all);
    }

    private static Map<String, String> words(String product) {
        Map<String, String> words = new HashMap<>(FamilyPhrases.STANDARD);
        words.put("now", "UTC_TIMESTAMP(6)");
        words.put("after", "UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND");
        words.put("json", "?");
        // Lists are written out: only then does the optimizer of every version use the primary key, and lock in its
        // order.
        words.put("in", "IN (" + StatementText.LIST + ")");
        // Without a sub-select, which would read the old snapshot. It reads only the last index entry of each parent.
        words.put(
                "last_positions",
                "SELECT parent_id, max(position) FROM {job} WHERE parent_id {in} GROUP BY parent_id {latest}");
        words.put("open_key", "open_key");
        words.put("suspicion", "suspicion");
        words.put("good_id", "id REGEXP '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'");
        words.put("timestamp", "DATETIME(6) DEFAULT (UTC_TIMESTAMP(6)) NOT NULL");
        words.put("id", "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin");
        words.put(
                "table",
                "ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_"
                        + Objects.requireNonNull(COLLATIONS.get(product)));
        return words;
    }

    public static MariaDbDialect of(DatabaseMetaData database, TableNames tables) throws SQLException {
        String version = database.getDatabaseProductVersion();
        // Some drivers call a MariaDB server MySQL.
        boolean isMariaDb =
                version.contains("MariaDB") || database.getDatabaseProductName().equals("MariaDB");
        // Servers up to MariaDB 10 begin with "5.5.5-", for clients that expect a single digit.
        Matcher number = VERSION.matcher(version.startsWith("5.5.5-") ? version.substring(6) : version);
        String oldest = isMariaDb ? "10.6.0" : "8.0.17";
        if (!number.find() || compare(number.group(), oldest) < 0) {
            throw new IllegalArgumentException((isMariaDb ? "MariaDB " : "MySQL ") + version
                    + " is not supported: version " + oldest + " or newer is needed");
        }
        return named(isMariaDb ? MARIADB : MYSQL, tables);
    }

    private static int compare(String a, String b) {
        String[] left = a.split("\\.", -1);
        String[] right = b.split("\\.", -1);
        for (int i = 0; i < left.length; i++) {
            int order = Integer.compare(Integer.parseInt(left[i]), Integer.parseInt(right[i]));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    public static MariaDbDialect named(String product, TableNames tables) {
        return new MariaDbDialect(tables, words(product));
    }

    @Override
    public String name() {
        return MARIADB;
    }

    /** The default of both databases would read an old snapshot and lock the gaps between rows. */
    @Override
    public void begin(Session session) throws SQLException {
        session.update(READ_COMMITTED, Binder.NONE);
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
            // only. Too many connections in all, of a user, of a role; disk full, table full, out of memory.
            case 1205, 3572, 1317, 1969, 3024, 1290, 1836, 1040, 1203, 1226, 1021, 1114, 1037, 1041 ->
                SqlFailureKind.TRANSIENT;
            // Shutting down, killed.
            case 1053, 1927 -> SqlFailureKind.DISCONNECTED;
            // Larger than max_allowed_packet; a CHECK is violated (MariaDB, MySQL); a column would be null.
            case 1153, 4025, 3819, 1048 -> SqlFailureKind.PERMANENT;
            default -> ofClass(Objects.requireNonNullElse(thrown.getSQLState(), ""));
        };
    }

    /** A read-only server has codes of its own, and no SQLState. */
    @Override
    public boolean isOfNoMoreUse(SQLException thrown) {
        return super.isOfNoMoreUse(thrown) || READ_ONLY.contains(thrown.getErrorCode());
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
            super(ParameterDiscardingStatement.STATEMENT, dialect);
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
