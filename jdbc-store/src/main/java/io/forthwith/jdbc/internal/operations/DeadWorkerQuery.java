package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Asks with one statement whether there are jobs to take over. Immutable and thread-safe. */
public class DeadWorkerQuery {
    public static final String WHAT = "take over from dead workers";

    private static final int LAPSED = 1;
    private static final int ORPHANED = 2;

    private final SqlDialect dialect;
    private final UnaryOperator<String> orphans;
    private final StatementText look;

    public DeadWorkerQuery(SqlDialect dialect) {
        this(dialect, DeadWorkerQuery::orphans);
    }

    /**
     * With a query of the database for jobs without a worker.
     *
     * @param orphans makes the text of a query for columns of the running jobs that have no worker or one that does
     *     not exist
     */
    public DeadWorkerQuery(SqlDialect dialect, UnaryOperator<String> orphans) {
        this.dialect = dialect;
        this.orphans = orphans;
        this.look = dialect.sql(look("", orphans));
    }

    private static String orphans(String columns) {
        return "SELECT " + columns + " FROM {job} j WHERE status = 'processing'"
                + " AND NOT EXISTS (SELECT 1 FROM {job_worker} w WHERE w.id = j.worker_id)";
    }

    /** Reads columns of the running jobs that have no worker or one that does not exist. */
    public final StatementText orphansWith(String columns) {
        return dialect.sql(orphans.apply(columns));
    }

    /** Text that reads ids, the reason for each, and one more column. */
    protected static String look(String more, UnaryOperator<String> orphans) {
        return """
                SELECT id, %d%s FROM {job_worker} WHERE lease_until <= {now} UNION ALL
                SELECT * FROM (SELECT o.id, %d%s FROM (%s) o LIMIT 1) first_orphan""".formatted(LAPSED, more, ORPHANED, more, orphans.apply("id"));
    }

    /**
     * The dead workers to take over from.
     *
     * @param lapsed the workers whose lease has lapsed, in the order of their ids
     * @param hasOrphans whether jobs run under workers that do not exist
     */
    public record Found(List<UUID> lapsed, boolean hasOrphans) {
        public static final Found NONE = new Found(List.of(), false);

        public static Found of(List<Sighting> sightings) {
            List<UUID> lapsed = new ArrayList<>();
            boolean hasOrphans = false;
            for (Sighting each : sightings) {
                if (each.what == LAPSED && each.id != null) {
                    lapsed.add(each.id);
                }
                hasOrphans |= each.what == ORPHANED;
            }
            return new Found(IdOrder.sorted(lapsed), hasOrphans);
        }

        /** These workers as well. */
        public Found and(List<UUID> more) {
            List<UUID> all = new ArrayList<>(lapsed);
            all.addAll(more);
            return new Found(IdOrder.sorted(all), hasOrphans);
        }
    }

    /**
     * A row of the answer.
     *
     * @param id null if the row has no usable one
     */
    public record Sighting(@Nullable UUID id, int what) {}

    public Found find(Database database) {
        return Found.of(database.read(WHAT, this::look));
    }

    /**
     * The workers whose process has ended, whatever their lease says; their leases have ended when this returns. A database that does not
     * say which sessions there are finds none.
     */
    public Found findEnded(Database database) {
        return Found.NONE;
    }

    protected final List<Sighting> look(Session session) throws SQLException {
        return session.query(look, Binder.NONE, row -> new Sighting(dialect.readId(row, 1), row.getInt(2)));
    }
}
