package io.forthwith.jdbc.internal.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The tables, columns and indexes that the scripts of a database make, read from the scripts themselves. Immutable. */
public final class SchemaModel {
    private static final Pattern COMMENT = Pattern.compile("--[^\n]*");
    private static final Pattern TABLE = Pattern.compile("CREATE TABLE (?:IF NOT EXISTS )?\\{(\\w+)} \\(");
    private static final Pattern COLUMN = Pattern.compile(
            "ALTER TABLE \\{(\\w+)} ADD COLUMN (?:(?:IF NOT EXISTS|\\{if_not_exists}) )?(\\w+) (.+)", Pattern.DOTALL);
    private static final Pattern INDEX =
            Pattern.compile("CREATE (UNIQUE )?INDEX (?:IF NOT EXISTS )?\\{index (\\w+)} ON \\{(\\w+)}[^(]*\\(");
    private static final Pattern KEY = Pattern.compile("(UNIQUE )?INDEX \\{index (\\w+)} \\(");
    private static final Pattern DROPPED = Pattern.compile("DROP INDEX (?:IF EXISTS )?\\{old (\\w+)}");
    private static final Pattern NO_COLUMN =
            Pattern.compile("(?:CONSTRAINT|PRIMARY KEY|CHECK|UNIQUE|INDEX)\\b.*", Pattern.DOTALL);

    private final Map<String, Map<String, String>> tables = new LinkedHashMap<>();
    private final Map<String, Index> indexes = new LinkedHashMap<>();

    /**
     * An index.
     *
     * @param statement the template that creates it
     */
    record Index(String name, String table, boolean isUnique, List<String> columns, String statement) {}

    /**
     * Reads the templates.
     *
     * @param statements the templates of all scripts, in order
     */
    SchemaModel(List<String> statements) {
        for (String each : statements) {
            read(COMMENT.matcher(each).replaceAll("").strip().replaceAll("\\s+", " "));
        }
    }

    /** For each table the templates of its column definitions. */
    Map<String, Map<String, String>> tables() {
        return tables;
    }

    List<Index> indexes() {
        return List.copyOf(indexes.values());
    }

    private void read(String statement) {
        Matcher table = TABLE.matcher(statement);
        Matcher column = COLUMN.matcher(statement);
        Matcher index = INDEX.matcher(statement);
        Matcher dropped = DROPPED.matcher(statement);
        if (table.lookingAt()) {
            parts(inParentheses(statement, table.end())).forEach(part -> readPart(table.group(1), part));
        } else if (column.lookingAt()) {
            columnsOf(column.group(1)).put(column.group(2), column.group(3));
        } else if (index.lookingAt()) {
            put(
                    index.group(3),
                    index.group(2),
                    index.group(1) != null,
                    inParentheses(statement, index.end()),
                    statement);
        } else if (dropped.lookingAt()) {
            indexes.remove(dropped.group(1));
        }
    }

    private void readPart(String table, String part) {
        Matcher key = KEY.matcher(part);
        if (key.lookingAt()) {
            String columns = inParentheses(part, key.end());
            boolean unique = key.group(1) != null;
            String statement = "CREATE %sINDEX {index %s} ON {%s} (%s)"
                    .formatted(unique ? "UNIQUE " : "", key.group(2), table, columns);
            put(table, key.group(2), unique, columns, statement);
        } else if (!NO_COLUMN.matcher(part).matches()) {
            int end = part.indexOf(' ');
            columnsOf(table).put(part.substring(0, end), part.substring(end + 1));
        }
    }

    private Map<String, String> columnsOf(String table) {
        return tables.computeIfAbsent(table, name -> new LinkedHashMap<>());
    }

    private void put(String table, String name, boolean unique, String columns, String statement) {
        List<String> names = parts(columns).stream()
                .map(column -> column.replaceFirst("^(\\w+) .*", "$1").toLowerCase(Locale.ROOT))
                .collect(Collectors.toList());
        indexes.put(name, new Index(name, table, unique, names, statement));
    }

    /** The text between the parenthesis before {@code start} and the one that closes it. */
    private static String inParentheses(String text, int start) {
        int depth = 1;
        int end = start;
        while (depth > 0) {
            char each = text.charAt(end++);
            depth += each == '(' ? 1 : each == ')' ? -1 : 0;
        }
        return text.substring(start, end - 1);
    }

    /** The parts of a text between commas, except commas in parentheses. */
    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char each = i == text.length() ? ',' : text.charAt(i);
            depth += each == '(' ? 1 : each == ')' ? -1 : 0;
            if (each == ',' && depth == 0) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
            }
        }
        return parts;
    }
}
