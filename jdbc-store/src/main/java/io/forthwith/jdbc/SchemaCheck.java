package io.forthwith.jdbc;

import io.forthwith.store.JobStoreException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether the tables are those that this version of the library was written for, looked at when a worker starts: rows under a
 * newer schema may mean what we do not know, and without an index claims slow down or, worse, unique keys are not.
 */
final class SchemaCheck {
    private final Placement placement;
    private final int knownVersion;
    private final Set<String> indexes;

    /**
     * @param knownVersion the latest schema version this library knows
     * @param indexes the names of the indexes of the job table, without prefix
     */
    SchemaCheck(Placement placement, int knownVersion, Set<String> indexes) {
        this.placement = placement;
        this.knownVersion = knownVersion;
        this.indexes = indexes;
    }

    /** Throws if something is wrong with tables that are there; tables that are not there say so when they are used. */
    void requireSound(Session session, Dialect dialect) throws SQLException {
        int version = session.first(
                        dialect.sql("SELECT coalesce(max(version), 0) FROM {job_schema}"),
                        Binder.NONE,
                        row -> row.getInt(1))
                .orElse(0);
        if (version > knownVersion) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "The schema is of version " + version + ", and this version of the library knows " + knownVersion
                            + " at the most: update the library before starting a worker. Nothing was changed.",
                    null);
        }
        Set<String> missing = new TreeSet<>(indexes);
        missing.removeAll(present(session.connection()));
        if (!missing.isEmpty()) {
            throw new JobStoreException(
                    JobStoreException.Kind.TRANSIENT,
                    "The table " + placement.tablePrefix() + "job has no index " + String.join(", ", missing)
                            + ": create it with the statement that JdbcSchema.ddl prints, then start the worker again",
                    null);
        }
    }

    /** The names in lower case, without prefix. */
    private Set<String> present(Connection connection) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        boolean hasSchemas = metaData.supportsSchemasInTableDefinitions();
        String schema = placement.schema();
        if (schema == null) {
            schema = hasSchemas ? connection.getSchema() : connection.getCatalog();
        }
        boolean upper = metaData.storesUpperCaseIdentifiers();
        String table = placement.tablePrefix() + "job";
        Set<String> names = new TreeSet<>();
        try (ResultSet rows = metaData.getIndexInfo(
                hasSchemas ? null : schema,
                hasSchemas ? written(schema, upper) : null,
                written(table, upper),
                false,
                true)) {
            while (rows.next()) {
                String name = Objects.requireNonNullElse(rows.getString("INDEX_NAME"), "");
                if (name.length() > placement.tablePrefix().length()) {
                    names.add(name.substring(placement.tablePrefix().length()).toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    private static @Nullable String written(@Nullable String name, boolean upper) {
        return name != null && upper ? name.toUpperCase(Locale.ROOT) : name;
    }
}
