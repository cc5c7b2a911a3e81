package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** PostgreSQL 14 and newer. */
final class PostgresDialect extends Dialect {
    static final String NAME = "postgresql";
    static final int OLDEST = 14;

    private static final Map<String, String> WORDS = Map.of(
            // The start of the statement: the same throughout it, so that indexes on times can be used.
            "now", "statement_timestamp()",
            "after", "statement_timestamp() + ? * interval '1 microsecond'",
            "json", "CAST(? AS jsonb)",
            "open_key", "unique_key",
            "timestamp", "TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL",
            "ids", "unnest(?::uuid[]) AS p (id)");

    private static final String EACH_ID = "unnest(?::uuid[]) AS of (id)";

    /** Any number will do, as long as it never changes and nobody else uses it: "forthwit" in ASCII. */
    private static final long MIGRATION_LOCK = 0x666f727468776974L;

    private final PostgresClaiming claiming;
    private final PostgresSettling settling;
    private final PostgresInserting inserting;

    PostgresDialect(Placement placement) {
        this(placement, PostgresInserting.FEWEST_TO_COPY);
    }

    PostgresDialect(Placement placement, int fewestToCopy) {
        super(new SqlText(placement, name -> '"' + name + '"', false, WORDS));
        this.claiming = new PostgresClaiming(this);
        this.settling = new PostgresSettling(this);
        this.inserting = new PostgresInserting(this, fewestToCopy);
    }

    @Override
    String name() {
        return NAME;
    }

    @Override
    void begin(Session session) throws SQLException {
        // Holds for this transaction alone; asking for the connection's level and restoring it would be two more trips.
        session.update("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", Binder.NONE);
    }

    @Override
    boolean startsReadCommitted(Connection connection) throws SQLException {
        return connection.getTransactionIsolation() == Connection.TRANSACTION_READ_COMMITTED;
    }

    @Override
    void bindId(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
        if (id == null) {
            statement.setNull(index, Types.OTHER, "uuid");
        } else {
            statement.setObject(index, id);
        }
    }

    @Override
    int bindIds(PreparedStatement statement, int last, Collection<UUID> ids) throws SQLException {
        statement.setArray(last + 1, statement.getConnection().createArrayOf("uuid", ids.toArray()));
        return last + 1;
    }

    @Override
    @Nullable
    UUID readId(ResultSet row, int index) throws SQLException {
        return row.getObject(index, UUID.class);
    }

    @Override
    SqlFailure failureOf(SQLException thrown) {
        String state = Objects.requireNonNullElse(thrown.getSQLState(), "");
        return switch (state) {
            case "40001", "40P01" -> SqlFailure.CONFLICT;
            case "23505" -> SqlFailure.DUPLICATE;
            // Lock time-out, statement time-out, starting up, read-only after a failover; a plan that a migration made
            // obsolete, a prepared statement that a pooler has lost.
            case "55P03", "57014", "57P03", "25006", "0A000", "26000" -> SqlFailure.TRANSIENT;
            // 40003: completion unknown.
            case "40003" -> SqlFailure.DISCONNECTED;
            default -> ofClass(state.length() < 2 ? "" : state.substring(0, 2));
        };
    }

    private static SqlFailure ofClass(String stateClass) {
        return switch (stateClass) {
            // 57P01 and its like: the server ends the session, perhaps after it has committed.
            case "08", "57" -> SqlFailure.DISCONNECTED;
            case "53", "58" -> SqlFailure.TRANSIENT;
            case "42" -> SqlFailure.NOT_SET_UP;
            case "21", "22", "23", "44", "54" -> SqlFailure.PERMANENT;
            default -> SqlFailure.UNCLEAR;
        };
    }

    @Override
    String changeColumn(String table, String column, String type, String definition, boolean isNullable) {
        return sql("ALTER TABLE {" + table + "}") + " ALTER COLUMN " + column + " TYPE " + type + " USING " + column
                + "::" + type + ", ALTER COLUMN " + column + (isNullable ? " DROP NOT NULL" : " SET NOT NULL");
    }

    @Override
    String createOnline(String createIndex) {
        return createIndex.replace(" INDEX ", " INDEX CONCURRENTLY ");
    }

    @Override
    void migrate(Session session, Session.Work<@Nullable Void> work) throws SQLException {
        session.query("SELECT pg_advisory_xact_lock(?)", binder -> binder.number(MIGRATION_LOCK), row -> null);
        work.on(session);
    }

    @Override
    List<Job> claim(Database database, ClaimRequest request) {
        return claiming.claim(database, request);
    }

    @Override
    Moved<List<Settled>> settle(Database database, List<Settlement> settlements) {
        return settling.settle(database, settlements);
    }

    @Override
    Relations relations() {
        return new PostgresRelations(this);
    }

    @Override
    Listing listing() {
        return new PostgresListing();
    }

    @Override
    String children() {
        return EACH_ID + each("c", "{job}", "parent_id") + " WHERE TRUE";
    }

    @Override
    String successors() {
        return EACH_ID + each("e", "{job_predecessor}", "predecessor_id") + one("s", "e.job_id") + " WHERE TRUE";
    }

    @Override
    String predecessors() {
        return EACH_ID + each("e", "{job_predecessor}", "job_id") + one("p", "e.predecessor_id") + " WHERE TRUE";
    }

    @Override
    String lockTies() {
        String relations = "SELECT e.job_id, e.predecessor_id FROM " + EACH_ID;
        return "SELECT locked.job_id FROM (" + relations + each("e", "{job_predecessor}", "job_id")
                + " UNION " + relations + each("e", "{job_predecessor}", "predecessor_id") + """
                 ORDER BY job_id, predecessor_id) AS tie
                CROSS JOIN LATERAL (
                  SELECT e.job_id FROM {job_predecessor} e
                  WHERE e.job_id = tie.job_id AND e.predecessor_id = tie.predecessor_id FOR UPDATE) AS locked""";
    }

    /**
     * The rows of a table that belong to one id, by the index of that column, however many the planner expects of an average id: a range
     * says nothing of averages, and cannot be turned into a join with the whole table.
     */
    private static String each(String name, String table, String column) {
        return " CROSS JOIN LATERAL (SELECT * FROM %s AS r WHERE r.%s >= of.id AND r.%s <= of.id OFFSET 0) AS %s"
                .formatted(table, column, column, name);
    }

    private static String one(String name, String id) {
        return " CROSS JOIN LATERAL (SELECT * FROM {job} AS r WHERE r.id = %s OFFSET 0) AS %s".formatted(id, name);
    }

    /** From each worker to the next one by a look into the index, however many jobs each of them holds. */
    @Override
    String orphans(String columns) {
        return """
                WITH RECURSIVE holder (id) AS (
                  (SELECT worker_id FROM {job} WHERE status = 'processing' AND worker_id IS NOT NULL
                   ORDER BY worker_id LIMIT 1)
                  UNION ALL
                  SELECT (SELECT j.worker_id FROM {job} j WHERE j.status = 'processing' AND j.worker_id > holder.id
                          ORDER BY j.worker_id LIMIT 1)
                  FROM holder WHERE holder.id IS NOT NULL)
                SELECT %s FROM {job}
                WHERE status = 'processing' AND worker_id = ANY(ARRAY(
                  SELECT id FROM holder WHERE NOT EXISTS (SELECT 1 FROM {job_worker} w WHERE w.id = holder.id)))
                UNION ALL
                SELECT %s FROM {job} WHERE status = 'processing' AND worker_id IS NULL""".formatted(columns, columns);
    }

    @Override
    String renewal() {
        return "UPDATE {job_worker} SET lease_until = {after}, beat_at = {now}, backend_pid = ?, backend_start = ? WHERE id = ?";
    }

    @Override
    Binder sign(Binder binder, @Nullable Backend backend) throws SQLException {
        return binder.number(backend == null ? null : (Integer) backend.pid())
                .time(backend == null ? null : backend.start());
    }

    @Override
    RollCall rollCall() {
        return new PostgresRollCall(this);
    }

    @Override
    Stepping stepping(Kin kin) {
        return new PostgresStepping(this, kin);
    }

    @Override
    WakeUps wakeUps(Database database, Runnable hint, Proving proving) {
        return new PostgresWakeUps(database, hint, proving);
    }

    @Override
    boolean insertNew(Database database, String what, List<NewRow> rows) {
        return inserting.insertNew(database, what, rows);
    }

    @Override
    Set<UUID> insert(Session session, List<NewRow> rows) throws SQLException {
        return inserting.insert(session, rows);
    }
}
