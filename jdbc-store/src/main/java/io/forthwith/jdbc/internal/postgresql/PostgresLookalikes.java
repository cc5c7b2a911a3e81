package io.forthwith.jdbc.internal.postgresql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Servers that only speak the protocol of PostgreSQL. The driver calls all of them PostgreSQL, and some claim a version that is new enough.
 * So this class reads {@code version()}. PostgreSQL itself is taken, also if a cloud runs it or another company has built it.
 */
public final class PostgresLookalikes {
    private static final Map<Pattern, String> NAMES = Map.of(
            Pattern.compile("-YB-|(?i)yugabyte"), "YugabyteDB",
            Pattern.compile("(?i)cockroach"), "CockroachDB",
            Pattern.compile("Redshift"), "Redshift",
            Pattern.compile("(?i)greenplum"), "Greenplum",
            Pattern.compile("(?i)materialize"), "Materialize",
            Pattern.compile("(?i)risingwave"), "RisingWave",
            Pattern.compile("QuestDB"), "QuestDB",
            Pattern.compile("CrateDB"), "CrateDB",
            Pattern.compile("(?i)opengauss"), "openGauss",
            // PostgreSQL itself says what it was compiled with.
            Pattern.compile("^PostgreSQL [\\d.]+$"), "Spanner or Aurora DSQL");

    private PostgresLookalikes() {}

    /**
     * What the server says of itself, if it is PostgreSQL, as far as that is known.
     *
     * @throws IllegalArgumentException if it leads to another server; the message names it
     */
    public static String version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery("SELECT version()")) {
            String version = answer.next() ? answer.getString(1) : "";
            Optional<String> name = nameOf(version);
            if (name.isPresent()) {
                throw new IllegalArgumentException(
                        name.get() + " (\"" + version + "\") is not supported: it speaks the protocol"
                                + " of PostgreSQL, but is not PostgreSQL in what this store relies on, such as row locks, ctid, BRIN"
                                + " indexes and the list of sessions; plug in a JobStore of your own for it.");
            }
            return version;
        }
    }

    private static Optional<String> nameOf(String version) {
        return NAMES.entrySet().stream()
                .filter(each -> each.getKey().matcher(version).find())
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
