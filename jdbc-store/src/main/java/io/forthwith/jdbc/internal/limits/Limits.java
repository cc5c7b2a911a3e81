package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rules.limit.NextStart;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The limits of one store, as its claims and its users see them. Thread-safe. */
public final class Limits {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LimitRows rows;
    private final ParkedJobs parked;
    private final DueNotes dueNotes;
    private final KeyChanges changes;
    private final NextStart nextStart = new NextStart();
    private final SqlDialect dialect;
    private final ClaimGate gate;
    private volatile boolean areDeclared;
    private final AtomicLong nextLook = new AtomicLong(System.nanoTime() + PAUSE_NANOS);
    /** What happened before this process began counts as a hint. */
    private final AtomicBoolean hasHint = new AtomicBoolean(true);

    public Limits(SqlDialect dialect, ParkedJobs parked, DueNotes dueNotes) {
        this.dialect = dialect;
        this.rows = new LimitRows(dialect);
        this.parked = parked;
        this.dueNotes = dueNotes;
        this.changes = new KeyChanges(dialect, rows);
        this.gate = new ClaimGate(dialect, rows, parked, dueNotes, changes, nextStart);
    }

    /** Whether a claim of this process has seen that limits are declared, or the process has declared some, or has added jobs under them. */
    public boolean areDeclared() {
        return areDeclared;
    }

    /** Limits are declared, or there are jobs that claims have to look at limits for. */
    public void declared() {
        areDeclared = true;
    }

    /** Something has happened elsewhere: the next claim that finds nothing looks whether limits are declared. */
    public void lookSoon() {
        hasHint.set(true);
    }

    /** Whether a claim that has found nothing looks whether limits are declared: once after a hint. */
    public boolean takesHint() {
        return hasHint.getAndSet(false);
    }

    /** Whether a claim looks first whether limits are declared: now and then, because hints get lost, and claims that always find something take none. */
    public boolean takesLook() {
        long now = System.nanoTime();
        long next = nextLook.get();
        return now - next >= 0 && nextLook.compareAndSet(next, now + PAUSE_NANOS);
    }

    public ClaimGate gate() {
        return gate;
    }

    /**
     * What users see.
     *
     * @param wake tells workers that jobs may start
     */
    public LimitStore store(Database database, Runnable wake) {
        return new JdbcLimitStore(database, dialect, rows, parked, dueNotes, changes, nextStart, this::declared, wake);
    }
}
