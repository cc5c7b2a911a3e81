package io.forthwith.jdbc.internal.postgresql;

import java.sql.SQLException;
import java.sql.SQLWarning;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * The warning that comes with the success of a commit whose wait for the synchronous standby was cancelled, by a time-out of a statement or by
 * an operator. It is committed here, and a fail-over may lose it.
 */
final class UnreplicatedCommit {
    static final String COMPLETION_UNKNOWN = "40003";

    private UnreplicatedCommit() {}

    /**
     * Throws if it is among these warnings.
     *
     * @param first with the next ones behind it
     */
    static void refuse(@Nullable SQLWarning first) throws SQLException {
        for (SQLWarning each = first; each != null; each = each.getNextWarning()) {
            if (isOfStandby(each)) {
                throw new SQLException(
                        "Committed, but the wait for the synchronous standby was cancelled, so that a fail-over may lose it",
                        COMPLETION_UNKNOWN,
                        each);
            }
        }
    }

    private static boolean isOfStandby(SQLWarning warning) {
        try {
            return OfDriver.isOfStandby(warning);
        } catch (LinkageError otherDriver) {
            return isInWords(warning);
        }
    }

    /** In English, as the server says it unless it is told otherwise. */
    private static boolean isInWords(SQLWarning warning) {
        String message = warning.getMessage();
        return message != null && message.contains("canceling wait for synchronous replication");
    }

    /** Where the driver is missing, using this class throws a {@link LinkageError}. */
    private static final class OfDriver {
        private static final String ROUTINE = "SyncRepWaitForLSN";

        /** By the place in the server that the warning comes from, which no language and no RAISE of a host changes. */
        static boolean isOfStandby(SQLWarning warning) {
            if (!(warning instanceof PSQLWarning said)) {
                return isInWords(warning);
            }
            ServerErrorMessage message = said.getServerErrorMessage();
            return message != null && ROUTINE.equals(message.getRoutine());
        }
    }
}
