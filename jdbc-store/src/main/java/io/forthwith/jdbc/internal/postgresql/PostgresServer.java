package io.forthwith.jdbc.internal.postgresql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server can do beside what all supported versions can.
 *
 * @param endsDeafConnections whether it may limit how long a client takes no answer: the operating system has to count that
 * @param limitsTransactions whether it has a time-out for whole transactions
 */
record PostgresServer(boolean endsDeafConnections, boolean limitsTransactions) {
    /** Of a server that has not been asked. */
    static final PostgresServer UNKNOWN = new PostgresServer(false, false);

    private static final int FIRST_WITH_TRANSACTION_TIMEOUT = 17;
    private static final Pattern MAJOR = Pattern.compile("^PostgreSQL (\\d+)");

    /** @param version what {@code version()} answers */
    static PostgresServer of(String version) {
        Matcher major = MAJOR.matcher(version);
        // Elsewhere the server would write a line to its log at each transaction.
        return new PostgresServer(
                version.contains("linux"),
                major.find() && Integer.parseInt(major.group(1)) >= FIRST_WITH_TRANSACTION_TIMEOUT);
    }
}
