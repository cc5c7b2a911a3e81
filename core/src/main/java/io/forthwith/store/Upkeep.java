package io.forthwith.store;

/**
 * What a call of {@link JobControl#purge} or {@link JobControl#expire} has done. Immutable.
 *
 * @param jobs how many jobs it has deleted, or failed
 * @param rest what it has left
 */
public record Upkeep(int jobs, Rest rest) {
    /** What a call has left. */
    public enum Rest {
        /** Nothing that it knows of. */
        NOTHING,
        /** More than it was to do, or could do in the time: call again at once. */
        MORE,
        /** Only what other transactions have locked: call again within a second. */
        LOCKED
    }
}
