package io.forthwith.schedule;

/** What a schedule does when a run is due and an earlier one is still open: pending, waiting or running. */
public enum IfRunning {
    /** The new run is skipped, and counted. The default. */
    SKIP,
    /** The new run begins when the open one has ended, in whatever way. At most one waits; further ones are skipped, and counted. */
    BUFFER_ONE,
    /** Both run. */
    ALLOW,
    /** The open runs are cancelled. The new one begins when they have ended. */
    CANCEL_RUNNING
}
