package io.forthwith.jdbc.internal.schema;

import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where the tables that are there differ from those that the scripts make, and the statements that mend it. Immutable and thread-safe. */
public final class SchemaDiff {
    private static final Pattern TYPE = Pattern.compile(
            "(.+?)(?: (?:NOT NULL|NULL|DEFAULT|PRIMARY KEY|GENERATED|CHECK|CHARACTER SET|COLLATE)\\b.*)?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern SIZE = Pattern.compile("\\((\\d+)\\)");
    private static final Pattern NOT_NULL = Pattern.compile("\\b(?:NOT NULL|PRIMARY KEY)\\b", Pattern.CASE_INSENSITIVE);

    /** Other names of databases and drivers for the same types. */
    private static final Map<String, String> SAME = Map.ofEntries(
            Map.entry("INT2", "SMALLINT"),
            Map.entry("INT", "INTEGER"),
            Map.entry("INT4", "INTEGER"),
            Map.entry("INT8", "BIGINT"),
            Map.entry("BOOL", "BOOLEAN"),
            Map.entry("BIT", "BOOLEAN"),
            Map.entry("TINYINT", "BOOLEAN"),
            Map.entry("CHARACTER", "CHAR"),
            Map.entry("CHARACTER VARYING", "VARCHAR"),
            Map.entry("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"));

    private final SqlDialect dialect;
    private final TableNames tables;
    private final SchemaModel model;

    public SchemaDiff(SqlDialect dialect, TableNames tables, SchemaModel model) {
        this.dialect = dialect;
        this.tables = tables;
        this.model = model;
    }

    /**
     * A difference.
     *
     * @param isGrave whether the store does not work with it, or not as promised
     * @param text a sentence for the person on call, with the statement that repairs it
     */
    public record Difference(boolean isGrave, String text) {}

    private record Column(String type, int size, boolean isNullable) {}

    private record Index(boolean isUnique, Map<Integer, String> columns) {}

    /** The differences in the order of the scripts. What a host has added is not one. */
    public List<Difference> find(Connection connection) throws SQLException {
        List<Difference> found = new ArrayList<>();
        DatabaseMetaData metaData = connection.getMetaData();
        Where where = Where.of(connection, tables);
        for (Map.Entry<String, Map<String, String>> table : model.tables().entrySet()) {
            Map<String, Column> columns = columns(metaData, where, table.getKey());
            if (columns.isEmpty()) {
                found.add(new Difference(
                        true, "Table " + named(table.getKey()) + " is missing: has JdbcSchema.migrate been run?"));
                continue;
            }
            table.getValue()
                    .forEach((name, definition) ->
                            compare(table.getKey(), name, dialect.text(definition), columns.get(name), found));
            Map<String, Index> indexes = indexes(metaData, where, table.getKey());
            for (SchemaModel.Index index : model.indexes()) {
                if (index.table().equals(table.getKey())) {
                    compare(index, indexes.get(index.name()), found);
                }
            }
        }
        return found;
    }

    private void compare(
            String table, String name, String definition, @Nullable Column column, List<Difference> found) {
        String what = "Column " + name + " of table " + named(table);
        if (column == null) {
            found.add(new Difference(
                    true,
                    what + " is missing: ALTER TABLE " + dialect.text("{" + table + "}") + " ADD COLUMN " + name + ' '
                            + definition));
            return;
        }
        Matcher type = TYPE.matcher(definition);
        String expected = type.matches() ? type.group(1) : definition;
        boolean isNullable = !NOT_NULL.matcher(definition).find();
        boolean sameType = canonical(expected).equals(canonical(column.type)) && column.size >= sizeOf(expected);
        if (!sameType || isNullable != column.isNullable) {
            String is = column.type
                    + (sizeOf(expected) > 0 ? "(" + column.size + ")" : "")
                    + (column.isNullable ? "" : " NOT NULL");
            found.add(new Difference(
                    false,
                    what + " is " + is + " instead of " + expected + (isNullable ? "" : " NOT NULL") + ": "
                            + dialect.changeColumn(table, name, expected, definition, isNullable)));
        }
    }

    private void compare(SchemaModel.Index expected, @Nullable Index index, List<Difference> found) {
        String create = dialect.createOnline(dialect.text(expected.statement()));
        if (index == null) {
            found.add(new Difference(
                    true,
                    "Table " + named(expected.table()) + " has no index " + named(expected.name()) + ": " + create));
            return;
        }
        List<String> columns = List.copyOf(index.columns.values());
        if (!columns.equals(expected.columns()) || index.isUnique != expected.isUnique()) {
            found.add(new Difference(
                    expected.isUnique(),
                    "Index " + named(expected.name()) + " is " + (index.isUnique ? "unique and " : "") + "on "
                            + String.join(", ", columns) + " instead of " + String.join(", ", expected.columns())
                            + ": drop it, then " + create));
        }
    }

    private String named(String name) {
        return tables.tablePrefix() + name;
    }

    private static String canonical(String type) {
        String name = SIZE.matcher(type.toUpperCase(Locale.ROOT)).replaceAll("");
        return SAME.getOrDefault(name, name);
    }

    /** The size of a text type; 0 for other types. */
    private static int sizeOf(String type) {
        Matcher size = SIZE.matcher(type);
        return type.toUpperCase(Locale.ROOT).contains("CHAR") && size.find() ? Integer.parseInt(size.group(1)) : 0;
    }

    private Map<String, Column> columns(DatabaseMetaData metaData, Where where, String table) throws SQLException {
        Map<String, Column> columns = new LinkedHashMap<>();
        String escape = metaData.getSearchStringEscape();
        String pattern = where.written(named(table)).replace("_", escape + "_");
        try (ResultSet rows = metaData.getColumns(where.catalog(), where.schema(), pattern, "%")) {
            while (rows.next()) {
                columns.put(
                        rows.getString("COLUMN_NAME").toLowerCase(Locale.ROOT),
                        new Column(
                                rows.getString("TYPE_NAME"),
                                rows.getInt("COLUMN_SIZE"),
                                rows.getInt("NULLABLE") != DatabaseMetaData.columnNoNulls));
            }
        }
        return columns;
    }

    /** The indexes by their names in lower case, without the prefix. */
    private Map<String, Index> indexes(DatabaseMetaData metaData, Where where, String table) throws SQLException {
        Map<String, Index> indexes = new LinkedHashMap<>();
        int prefix = tables.tablePrefix().length();
        try (ResultSet rows =
                metaData.getIndexInfo(where.catalog(), where.schema(), where.written(named(table)), false, true)) {
            while (rows.next()) {
                String name = Objects.requireNonNullElse(rows.getString("INDEX_NAME"), "");
                if (name.length() > prefix && rows.getString("COLUMN_NAME") != null) {
                    boolean unique = !rows.getBoolean("NON_UNIQUE");
                    indexes.computeIfAbsent(
                                    name.substring(prefix).toLowerCase(Locale.ROOT),
                                    each -> new Index(unique, new TreeMap<>()))
                            .columns
                            .put(
                                    rows.getInt("ORDINAL_POSITION"),
                                    rows.getString("COLUMN_NAME").toLowerCase(Locale.ROOT));
                }
            }
        }
        return indexes;
    }

    /**
     * Where the driver looks for tables.
     *
     * @param isUpper whether the database stores names in upper case
     */
    private record Where(@Nullable String catalog, @Nullable String schema, boolean isUpper) {
        static Where of(Connection connection, TableNames tables) throws SQLException {
            DatabaseMetaData metaData = connection.getMetaData();
            boolean isUpper = metaData.storesUpperCaseIdentifiers();
            // What other databases call a schema is a catalog, or a database, in MariaDB and MySQL.
            if (metaData.supportsSchemasInTableDefinitions()) {
                String schema = tables.schema() == null ? connection.getSchema() : tables.schema();
                return new Where(null, schema == null || !isUpper ? schema : schema.toUpperCase(Locale.ROOT), isUpper);
            }
            return new Where(tables.schema() == null ? connection.getCatalog() : tables.schema(), null, isUpper);
        }

        String written(String name) {
            return isUpper ? name.toUpperCase(Locale.ROOT) : name;
        }
    }
}
