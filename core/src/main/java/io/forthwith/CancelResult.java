package io.forthwith;

/** What became of a request to cancel a job. */
public enum CancelResult {
    /** The job was pending or waiting and is cancelled now. */
    CANCELLED,
    /** The job is running; its worker will end it as cancelled, whatever it returns. */
    REQUESTED,
    /** The job had ended before; nothing changed. */
    ALREADY_ENDED,
    /** The job undoes the steps of another one, which must not be stopped; nothing changed. */
    NOT_CANCELLABLE,
    /** There is no such job. */
    NOT_FOUND
}
