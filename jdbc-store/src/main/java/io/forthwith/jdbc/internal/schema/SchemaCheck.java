package io.forthwith.jdbc.internal.schema;

import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StoreLogger;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Checks the tables when a worker starts. Rows of a newer schema may mean what this version does not know. Without an
 * index claims are slow or, worse, unique keys are not unique. Thread-safe.
 */
public final class SchemaCheck {
    private static final StoreLogger LOG = StoreLogger.INSTANCE;

    private final SqlDialect dialect;
    private final TableNames tables;
    private final SchemaScripts scripts;
    private volatile boolean isSound;

    public SchemaCheck(SqlDialect dialect, TableNames tables) {
        this.dialect = dialect;
        this.tables = tables;
        this.scripts = new SchemaScripts(dialect);
    }

    /** Throws if a table is not as it should be. A missing table is reported when it is used. */
    public void requireSound(Session session) throws SQLException {
        String refusal = scripts.refusal(session);
        if (refusal != null) {
            throw new JobStoreException(JobStoreException.Kind.TRANSIENT, refusal, null);
        }
        // Once is enough: a worker whose database was away should be back soon.
        if (!isSound) {
            requireNoDrift(session);
            isSound = true;
        }
    }

    private void requireNoDrift(Session session) throws SQLException {
        // Only now, because the model takes a while to read, and most stores are never asked.
        List<SchemaDiff.Difference> differences =
                new SchemaDiff(dialect, tables, scripts.model()).find(session.connection());
        String grave = differences.stream()
                .filter(SchemaDiff.Difference::isGrave)
                .map(SchemaDiff.Difference::text)
                .collect(Collectors.joining("; "));
        if (!grave.isEmpty()) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    grave
                            + ". Run what is said here, or JdbcSchema.migrate if the schema is of an older version, then start the worker again",
                    null);
        }
        for (SchemaDiff.Difference each : differences) {
            LOG.warn("The schema is not as this version of the library makes it. {}", each.text());
        }
    }
}
