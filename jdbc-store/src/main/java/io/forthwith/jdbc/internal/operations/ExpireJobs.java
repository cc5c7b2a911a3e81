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
import io.forthwith.store.act.Remaining;
import io.forthwith.store.rules.ExpiryRule;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fails jobs that have not started by their deadline. It waits for no lock of others: what they have locked is left out. Thread-safe.
 */
public final class ExpireJobs {
    private final SqlDialect dialect;
    private final FamilyLocks locks;
    private final StatementText expired;
    private final StatementText unlocked;
    /** Those that the last calls could not lock, in the order in which the next one tries them, after all others. */
    private volatile List<UUID> missed = List.of();

    public ExpireJobs(SqlDialect dialect, FamilyLocks locks) {
        this.dialect = dialect;
        this.locks = locks;
        this.expired = dialect.sql("""
                SELECT id FROM {job}
                WHERE {open_expiry} <= {now} AND {has_expiry} AND {filter status} IN ('pending', 'waiting')
                  AND attempt = 0 AND lost_workers = 0 AND postponements = 0
                ORDER BY {open_expiry} LIMIT ?""");
        this.unlocked = dialect.sql("SELECT id FROM {job} WHERE id {in} {for_update_skip_locked}");
    }

    /**
     * Expires up to {@code atMost} jobs.
     *
     * @param database with a {@linkplain Database#withLockWait limited} lock wait
     */
    public AnswerWithNotices<Upkeep> expire(Database database, int atMost, Locale locale) {
        List<UUID> before = missed;
        Turn turn = new Turn(database, atMost, locale, before);
        List<UUID> seen = List.of();
        Set<UUID> last = new LinkedHashSet<>();
        int most = atMost;
        while (turn.goesOn()) {
            // Those that others have locked stay first, so each look goes further than the one before.
            List<UUID> found = candidates(database, most);
            Set<UUID> further = new LinkedHashSet<>(found);
            seen.forEach(further::remove);
            Set<UUID> free = unlocked(database, further);
            before.forEach(free::remove);
            free.forEach(turn::expire);
            further.removeAll(free);
            last.addAll(further);
            if (found.size() < most) {
                break;
            }
            seen = found;
            most *= 2;
        }
        Set<UUID> inOrder = new LinkedHashSet<>(before);
        inOrder.retainAll(last);
        inOrder.addAll(last);
        inOrder.forEach(turn::expire);
        missed = turn.missed();
        return turn.answer();
    }

    /** Those of them that nobody has locked now. Of relatives it says nothing. */
    private Set<UUID> unlocked(Database database, Set<UUID> ids) {
        return ids.isEmpty()
                ? new LinkedHashSet<>()
                : new LinkedHashSet<>(database.transaction(
                        "look for expired jobs that nobody has locked",
                        session -> session.queryByIds(unlocked, List.copyOf(ids), row -> dialect.readId(row, 1))));
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
        private final Set<UUID> before;
        private final TurnTime time = new TurnTime();
        private final List<Claim> toCancel = new ArrayList<>();
        private int count;
        private final List<UUID> left = new ArrayList<>();
        private final List<UUID> locked = new ArrayList<>();
        private @Nullable JobStoreException broken;

        Turn(Database database, int limit, Locale locale, List<UUID> before) {
            this.database = database;
            this.limit = limit;
            this.locale = locale;
            this.before = Set.copyOf(before);
        }

        boolean goesOn() {
            return count < limit && !time.isOver();
        }

        void expire(UUID id) {
            if (!goesOn()) {
                left.add(id);
                return;
            }
            try {
                AnswerWithNotices<Boolean> expired =
                        LockPolling.of(time.forLocks(database.lockWait()), () -> once(id), () -> once(id));
                count += expired.answer() ? 1 : 0;
                toCancel.addAll(expired.toCancel());
            } catch (LocksHeldException others) {
                locked.add(id);
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
            return new AnswerWithNotices<>(new Upkeep(count, rest()), toCancel, count > 0);
        }

        private Remaining rest() {
            // One failed job may mean that there are more: its failure may have let others pass their deadlines.
            if (count > 0) {
                return Remaining.MORE;
            }
            return !locked.isEmpty() ? Remaining.LOCKED : !left.isEmpty() ? Remaining.MORE : Remaining.NOTHING;
        }

        /** Those that it did not come to first, so that each is tried some time. */
        List<UUID> missed() {
            return Stream.concat(left.stream().filter(before::contains), locked.stream())
                    .toList();
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
