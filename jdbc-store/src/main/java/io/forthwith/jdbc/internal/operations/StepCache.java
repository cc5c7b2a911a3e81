package io.forthwith.jdbc.internal.operations;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.Claim;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a process knows of the steps of the jobs that it runs, so that each step is one row by its key, however many the
 * job has. It is read once for each claim. That is enough: while a claim holds, only its worker adds steps to the job.
 * Thread-safe.
 *
 * <p>It belongs to the object of the claim, which the worker keeps as long as the attempt runs, and not to its values:
 * if a job is deleted, another job may get its id, and then the same claim.
 */
public final class StepCache {
    private final StatementText claims;
    private final Map<Claim, OfClaim> known = new WeakHashMap<>();

    StepCache(SqlDialect dialect) {
        this.claims = dialect.sql("""
                SELECT claim, max(position) FROM {job_step} WHERE {among job_id} GROUP BY claim ORDER BY claim DESC""");
    }

    /** The steps of the job of one claim. Thread-safe. */
    public static final class OfClaim {
        private final WeakReference<Claim> claim;
        private final CopyOnWriteArrayList<Long> claims;
        private final AtomicInteger last;

        private OfClaim(Claim claim, List<Under> steps) {
            this.claim = new WeakReference<>(claim);
            this.claims = new CopyOnWriteArrayList<>(
                    Stream.concat(Stream.of(claim.number()), steps.stream().map(Under::claim))
                            .distinct()
                            .toList());
            this.last =
                    new AtomicInteger(steps.stream().mapToInt(Under::last).max().orElse(0));
        }

        /** The numbers of the claims under which steps may have begun: this one, then the latest before it. */
        public List<Long> claims() {
            return claims;
        }

        /** Notes that a step has begun under a number; it is another one than that of the claim if a leftover has that. */
        void begun(long number) {
            claims.addIfAbsent(number);
        }

        /** Takes the position for a new step. */
        public int next() {
            return last.incrementAndGet();
        }

        /** Gives it back if there is no new step. A gap does no harm. */
        public void giveBack(int position) {
            last.compareAndSet(position, position - 1);
        }
    }

    private record Under(long claim, int last) {}

    OfClaim of(Session session, Claim claim) throws SQLException {
        OfClaim read = known(claim);
        return read != null ? read : remember(claim, read(session, claim));
    }

    @SuppressWarnings("ReferenceEquality") // an equal claim may be that of another job with the same id
    private synchronized @Nullable OfClaim known(Claim claim) {
        OfClaim found = known.get(claim);
        return found != null && found.claim.get() == claim ? found : null;
    }

    /** Keeps what another thread has read meanwhile, and may have counted on. */
    private synchronized OfClaim remember(Claim claim, OfClaim read) {
        OfClaim found = known(claim);
        if (found != null) {
            return found;
        }
        // The key must be this object: the entry ends with it.
        known.remove(claim);
        known.put(claim, read);
        return read;
    }

    private OfClaim read(Session session, Claim claim) throws SQLException {
        Binder.Params job = binder -> binder.among(Set.of(claim.jobId()));
        return new OfClaim(claim, session.query(claims, job, row -> new Under(row.getLong(1), row.getInt(2))));
    }
}
