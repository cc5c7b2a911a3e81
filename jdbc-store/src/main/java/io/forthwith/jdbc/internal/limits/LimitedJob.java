package io.forthwith.jdbc.internal.limits;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.rules.ClaimOrderRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a claim knows of a pending job that it has locked. Immutable.
 *
 * @param dueAt since when it is due
 * @param isUndo whether it is an undo job, which is under no limit
 * @param limits those it is under; none if they cannot be read
 * @param parkedUnder the key under which it is parked; null if it is ready
 * @param lostWorkers how many workers it has lost
 * @param isUnreadable whether its limits cannot be read: it starts at once, to fail
 */
public record LimitedJob(
        UUID id,
        String type,
        String queue,
        int priority,
        Instant dueAt,
        boolean isUndo,
        List<JobLimit> limits,
        @Nullable LimitKey parkedUnder,
        int lostWorkers,
        boolean isUnreadable) {
    /** The order of claims without ageing. */
    public static final Comparator<LimitedJob> ORDER = order(null);

    /** The columns of {@link #read} for jobs that are ready, whatever somebody has left in the columns of parked ones. */
    public static final String READY = columns("run_at", "NULL");

    /** The columns of {@link #read} for parked jobs. */
    public static final String PARKED = columns("due_at", "parked_under");

    /** How many columns {@link #read} takes. */
    public static final int COLUMNS = 9;

    /** The order of claims. */
    static Comparator<LimitedJob> order(@Nullable Duration ageing) {
        return ClaimOrderRule.order(ageing, LimitedJob::isUndo, LimitedJob::priority, LimitedJob::dueAt)
                .thenComparing(LimitedJob::id, IdOrder.ASCENDING);
    }

    private static String columns(String dueAt, String under) {
        return "id, type, queue, priority, " + dueAt + ", undoes, limits, " + under + ", lost_workers";
    }

    /** Null if the row has no id, or a key that is none. */
    public static @Nullable LimitedJob read(SqlDialect dialect, ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        String parked = row.getString(8);
        LimitKey under = parked == null ? null : LimitRows.key(parked);
        return id == null || (parked != null && under == null)
                ? null
                : of(
                        id,
                        row.getString(2),
                        row.getString(3),
                        row.getInt(4),
                        dialect.time(row, 5),
                        row.getString(6) != null,
                        JobRowReader.limitsOfPending(row, 7),
                        under,
                        row.getInt(9));
    }

    /** A job that is ready. */
    public static LimitedJob ready(Job job) {
        return of(
                job.id(),
                job.type(),
                job.queue(),
                job.priority(),
                job.runAt(),
                job.isUndo(),
                job.limits(),
                null,
                job.lostWorkers());
    }

    LimitedJob with(List<JobLimit> others) {
        return new LimitedJob(id, type, queue, priority, dueAt, isUndo, others, parkedUnder, lostWorkers, isUnreadable);
    }

    private static LimitedJob of(
            UUID id,
            String type,
            String queue,
            int priority,
            Instant dueAt,
            boolean isUndo,
            List<JobLimit> stored,
            @Nullable LimitKey parkedUnder,
            int lostWorkers) {
        return new LimitedJob(
                id,
                type,
                queue,
                priority,
                dueAt,
                isUndo,
                JobLimit.held(stored),
                parkedUnder,
                lostWorkers,
                JobLimit.areUnreadable(stored) && !isUndo);
    }

    /** The limits with which it starts. */
    List<JobLimit> startsUnder() {
        return isUnreadable ? List.of(JobLimit.UNREADABLE) : limits;
    }

    /** Where it is parked; null if it is ready. */
    ParkedJobs.@Nullable Lane lane() {
        return parkedUnder == null ? null : new ParkedJobs.Lane(parkedUnder, queue, type);
    }

    /** The key that it is fair by; of a parked job whose limits somebody has changed, the one under which it is parked. */
    Optional<LimitKey> fairKey() {
        // Without a stream: a claim asks each job many times.
        for (JobLimit limit : limits) {
            if (limit.key().isFair()) {
                return Optional.of(limit.key());
            }
        }
        return Optional.ofNullable(parkedUnder).filter(LimitKey::isFair);
    }

    List<LimitKey> keys() {
        return limits.size() == 1
                ? List.of(limits.get(0).key())
                : limits.stream().map(JobLimit::key).toList();
    }
}
