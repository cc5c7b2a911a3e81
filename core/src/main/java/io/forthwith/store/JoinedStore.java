package io.forthwith.store;

/**
 * Jobs inside one transaction of the host: what is added here exists only if the host commits, and reads see what the transaction sees.
 * It has only what works there; workers, control by hand and subscriptions need the {@link JobStore} itself.
 *
 * <p>It never commits, rolls back as a whole, or closes the host's connection. Call {@link #wake} after the commit. Not thread-safe: it is
 * used on the thread of the transaction, and thrown away with it.
 */
public interface JoinedStore extends JobAdding, JobReads {
    /** {@code true}. */
    @Override
    default boolean isInTransaction() {
        return true;
    }
}
