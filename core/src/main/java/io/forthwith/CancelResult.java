package io.forthwith;

/** The answer to a request to cancel a job. */
public enum CancelResult {
    /** The job was pending or waiting, and now it is cancelled. */
    CANCELLED,
    /** The job is running. Its worker will end it as cancelled, whatever its processor returns. */
    REQUESTED,
    /** The job had ended before. Nothing changed. */
    ALREADY_ENDED,
    /** The job undoes the durable steps of another job, and this must not be stopped. Nothing changed. */
    NOT_CANCELLABLE,
    /** Another transaction has had the job, or a relative that changes with it, locked for a second, for example that of a process that hangs. Nothing changed; ask again. */
    LOCKED,
    /** The store has no such job. */
    NOT_FOUND
}
