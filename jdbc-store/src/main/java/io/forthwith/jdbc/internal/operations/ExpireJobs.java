package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.rules.ExpiryRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** Fails jobs that have not started by their deadline. Immutable and thread-safe. */
public final class ExpireJobs {
    /** How many times as many jobs it looks at, if others have locked those whose deadlines passed first. */
    private static final int FURTHER = 10;

    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final StatementText expired;

    public ExpireJobs(SqlDialect dialect, FamilyLocks locks) {
        this.dialect = dialect;
        this.locks = locks;
        this.expired = dialect.sql("""
                SELECT id FROM {job}
                WHERE {open_expiry} <= {now} AND {has_expiry} AND {filter status} IN ('pending', 'waiting')
                  AND attempt = 0 AND lost_workers = 0 AND postponements = 0
                ORDER BY {open_expiry} LIMIT ?""");
    }

    public AnswerWithNotices<Integer> expire(Database database, int limit, Locale locale) {
        List<UUID> first = candidates(database, limit);
        AnswerWithNotices<Integer> answer = expire(database, first, limit, locale);
        if (answer.answer() > 0 || first.size() < limit) {
            return answer;
        }
        List<UUID> further = new ArrayList<>(candidates(database, limit * FURTHER));
        further.removeAll(new HashSet<>(first));
        return expire(database, further, limit, locale);
    }

    /** Those whose deadlines passed first. */
    private List<UUID> candidates(Database database, int limit) {
        return database.read(
                "look for expired jobs",
                session -> session.query(expired, binder -> binder.number(limit), row -> dialect.readId(row, 1)));
    }

    private AnswerWithNotices<Integer> expire(Database database, List<UUID> ids, int limit, Locale locale) {
        int count = 0;
        List<Claim> toCancel = new ArrayList<>();
        JobStoreException broken = null;
        for (UUID id : ids) {
            if (count == limit) {
                break;
            }
            try {
                AnswerWithNotices<Boolean> expired = FamilyLocks.repeatedly(
                        more -> database.transaction("expire job " + id, session -> expire(session, id, locale, more)));
                count += expired.answer() ? 1 : 0;
                toCancel.addAll(expired.toCancel());
            } catch (JobStoreException failed) {
                // A job that cannot be failed now must not keep the others.
                broken = failed;
            }
        }
        if (count == 0 && broken != null) {
            throw broken;
        }
        return new AnswerWithNotices<>(count, toCancel, count > 0);
    }

    /**
     * A claim and this meet at the row of the job: this leaves out a job without relatives that others have locked, and finds one that was claimed
     * started.
     */
    private AnswerWithNotices<Boolean> expire(Session session, UUID id, Locale locale, Set<UUID> more)
            throws SQLException {
        Set<UUID> all = new HashSet<>(more);
        all.add(id);
        LockedJobs locked = locks.lockAloneOr(session, id, all);
        Job job = locked.get(id);
        if (job == null || !ExpiryRule.isExpired(job, locked.transitions().now())) {
            return AnswerWithNotices.withoutNotices(false);
        }
        locked.cascade().move(locked.transitions().expire(job, locale), locale);
        locked.end();
        return locked.committed(true);
    }
}
