package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.rows.UnlockedJobs;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.Retention;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Finds old jobs by the index on their end, where there is one. Immutable and thread-safe. */
final class OldJobsByEnd implements OldJobs {
    private final UnlockedJobs ended;
    private final UnlockedJobs failed;

    OldJobsByEnd(JobOperations operations) {
        this.ended = operations.unlockedJobs(old("status IN ('completed', 'cancelled')"));
        this.failed = operations.unlockedJobs(old("status = 'failed'"));
    }

    private static String old(String hasEnded) {
        return "FROM {job} j WHERE " + hasEnded + " AND completed_at <= {after} AND " + NOT_NEEDED;
    }

    @Override
    public List<UUID> lock(Session session, Retention retention, int limit) throws SQLException {
        List<UUID> locked = new ArrayList<>(lock(session, ended, retention.completed(), limit));
        if (locked.size() < limit) {
            locked.addAll(lock(session, failed, retention.failed(), limit - locked.size()));
        }
        return locked;
    }

    private static List<UUID> lock(Session session, UnlockedJobs old, Duration kept, int limit) throws SQLException {
        return old.lock(session, binder -> binder.number(OldJobs.until(kept)), limit);
    }
}
