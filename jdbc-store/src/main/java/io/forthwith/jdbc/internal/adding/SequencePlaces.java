package io.forthwith.jdbc.internal.adding;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.EncodedJob;
import java.sql.SQLException;
import java.util.List;

/**
 * Gives the jobs of a call their places in sequences. A call draws one number from the database, which grows with each call and which no transaction waits for.
 * Immutable and thread-safe.
 */
final class SequencePlaces {
    /** The jobs of a call get the places from the drawn number, times this, on. */
    private static final long OF_A_CALL = 1 << 20;

    private final StatementText draw;

    SequencePlaces(SqlDialect dialect) {
        this.draw = dialect.sql("{draw_number}");
    }

    /** Whether one of these jobs is in a sequence. */
    static boolean areNeeded(List<EncodedJob> jobs) {
        return jobs.stream().anyMatch(each -> each.job().sequence() != null);
    }

    /** The place of the first job of a call; 0 if none of them is in a sequence. */
    long first(Session session, List<EncodedJob> jobs) throws SQLException {
        if (!areNeeded(jobs)) {
            return 0;
        }
        if (jobs.size() >= OF_A_CALL) {
            throw new IllegalArgumentException(
                    "A call with jobs of a sequence has " + jobs.size() + " jobs: at most " + (OF_A_CALL - 1));
        }
        return session.first(draw, Binder.NONE, row -> row.getLong(1)).orElseThrow() * OF_A_CALL;
    }
}
