package io.forthwith.jdbc.internal.sql;

import java.time.Duration;

/**
 * When the server ends a transaction of a worker by itself, where it can, so that what a silent process has locked becomes free. Immutable and thread-safe.
 *
 * @param silence how long the transaction may wait for the next statement, or, on PostgreSQL, for this process to take an answer
 * @param isBounded whether the whole transaction has a time-out as well: that of two statements, and at least 30 s
 */
public record TransactionEnd(SilenceLimit silence, boolean isBounded) {
    /** How long a process may be silent. Half of its lease has passed by then, so it may soon be taken for dead. Thread-safe. */
    public static final class SilenceLimit {
        private static final Duration LONGEST = Duration.ofSeconds(10);
        private static final Duration SHORTEST = Duration.ofSeconds(3);

        private volatile Duration longest = LONGEST;

        /** A worker of this store has this lease. The shortest lease counts. */
        public synchronized void lease(Duration lease) {
            Duration half = lease.dividedBy(2);
            if (half.compareTo(longest) < 0) {
                longest = half.compareTo(SHORTEST) < 0 ? SHORTEST : half;
            }
        }

        public Duration longest() {
            return longest;
        }
    }
}
