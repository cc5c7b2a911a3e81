package io.forthwith.jdbc.internal.operations;

import io.forthwith.Job;
import io.forthwith.JobStoreException;
import io.forthwith.jdbc.internal.family.AnswerWithNotices;
import io.forthwith.jdbc.internal.family.FamilyLocks;
import io.forthwith.jdbc.internal.family.LockedAndBusyJobs;
import io.forthwith.jdbc.internal.family.LockedJobs;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.LockPolling;
import io.forthwith.jdbc.internal.sql.LocksHeldException;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.rules.ExpiryRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Fails jobs that have not started by their deadline. It waits for no lock of others: what they have locked is left out. Immutable and
 * thread-safe.
 */
public final class ExpireJobs {
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

    /**
     * Expires up to {@code limit} jobs.
     *
     * @param database with a {@linkplain Database#withLockWait limited} lock wait
     */
    public AnswerWithNotices<Upkeep> expire(Database database, int limit, Locale locale) {
        Turn turn = new Turn(database, limit, locale);
        List<UUID> seen = List.of();
        int most = limit;
        while (turn.goesOn()) {
            // Those that others have locked stay first, so each look goes further than the one before.
            List<UUID> found = candidates(database, most);
            List<UUID> further = new ArrayList<>(found);
            further.removeAll(new HashSet<>(seen));
            further.forEach(turn::expire);
            if (found.size() < most) {
                break;
            }
            seen = found;
            most *= 2;
        }
        return turn.answer();
    }

    /** Those whose deadlines passed first. */
    private List<UUID> candidates(Database database, int most) {
        return database.read(
                "look for expired jobs",
                session -> session.query(expired, binder -> binder.number(most), row -> dialect.readId(row, 1)));
    }

    /** One call. Not thread-safe. */
    private final class Turn {
        private final Database database;
        private final int limit;
        private final Locale locale;
        private final TurnTime time = new TurnTime();
        private final List<Claim> toCancel = new ArrayList<>();
        private int count;
        private boolean hasLeft;
        private boolean hasLocked;
        private @Nullable JobStoreException broken;

        Turn(Database database, int limit, Locale locale) {
            this.database = database;
            this.limit = limit;
            this.locale = locale;
        }

        boolean goesOn() {
            return count < limit && !time.isOver();
        }

        void expire(UUID id) {
            if (!goesOn()) {
                hasLeft = true;
                return;
            }
            try {
                AnswerWithNotices<Boolean> expired =
                        LockPolling.of(time.forLocks(database.lockWait()), () -> once(id), () -> once(id));
                count += expired.answer() ? 1 : 0;
                toCancel.addAll(expired.toCancel());
            } catch (LocksHeldException others) {
                hasLocked = true;
            } catch (JobStoreException failed) {
                // A job that cannot be failed now must not keep the others.
                broken = failed;
            }
        }

        private AnswerWithNotices<Boolean> once(UUID id) {
            return FamilyLocks.repeatedly(more -> database.transaction(
                    "expire job " + id, session -> ExpireJobs.this.expire(session, id, locale, more)));
        }

        AnswerWithNotices<Upkeep> answer() {
            if (count == 0 && broken != null) {
                throw broken;
            }
            // One failed job may mean that there are more: its failure may have let others pass their deadlines.
            Upkeep.Rest rest =
                    hasLeft || count > 0 ? Upkeep.Rest.MORE : hasLocked ? Upkeep.Rest.LOCKED : Upkeep.Rest.NOTHING;
            return new AnswerWithNotices<>(new Upkeep(count, rest), toCancel, count > 0);
        }
    }

    /** A claim and this meet at the row of the job: this leaves out a job that others have locked, and finds one that was claimed started. */
    private AnswerWithNotices<Boolean> expire(Session session, UUID id, Locale locale, Set<UUID> more)
            throws SQLException {
        LockedAndBusyJobs free = locks.lockUnlessAnyIsBusy(session, Set.of(id), more);
        LockedJobs locked = free.locked();
        Job job = locked.get(id);
        if (job == null || !ExpiryRule.isExpired(job, locked.transitions().now())) {
            return AnswerWithNotices.withoutNotices(false);
        }
        locked.cascade().move(locked.transitions().expire(job, locale), locale);
        locked.end();
        return locked.committed(true);
    }
}
