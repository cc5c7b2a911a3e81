package io.forthwith.jdbc.internal.sql;

import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The schema and the prefix of the tables. Both become part of statement text, so they follow a strict rule and are
 * quoted as well.
 *
 * @param schema the schema; null for the default schema of the connection
 * @param tablePrefix the start of the names of all tables and indexes; may be empty
 */
public record TableNames(@Nullable String schema, String tablePrefix) {
    /** The names of all tables in statement templates. */
    static final Set<String> ALL = Set.of(
            "job",
            "job_act",
            "job_audit",
            "job_worker",
            "job_worker_type",
            "job_depth",
            "job_failure",
            "job_failure_minute",
            "job_step",
            "job_predecessor",
            "job_key",
            "job_label",
            "job_label_name",
            "job_limit",
            "job_limit_change",
            "job_limit_key",
            "job_limit_note",
            "job_minute",
            "job_minute_write",
            "job_number",
            "job_queue",
            "job_schedule",
            "job_schema");

    /** Without a schema and a prefix. */
    public static final TableNames STANDARD = new TableNames(null, "");

    private static final Pattern RULE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,30}");
    private static final int MOST_SHOWN = 100;

    public TableNames {
        Objects.requireNonNull(tablePrefix, "tablePrefix must not be null: give \"\" for tables without a prefix");
        if (schema != null) {
            require("Schema", schema);
        }
        if (!tablePrefix.isEmpty()) {
            require("Table prefix", tablePrefix);
        }
    }

    private static void require(String what, String name) {
        if (!RULE.matcher(name).matches()) {
            String shown =
                    name.substring(0, Math.min(name.length(), MOST_SHOWN)).replaceAll("[^\\x20-\\x7e]", "?");
            throw new IllegalArgumentException(what + " \"" + shown + (name.length() > MOST_SHOWN ? "..." : "")
                    + "\" is not valid: 1 to 31 of the characters A-Z a-z 0-9 _ are allowed, and the first must not be"
                    + " a digit");
        }
    }
}
