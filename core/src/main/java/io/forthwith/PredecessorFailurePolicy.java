package io.forthwith;

import java.util.Locale;

/** What happens to a job when a job that it waits for fails or is cancelled. */
public enum PredecessorFailurePolicy {
    /** The job fails in the same transaction, and the jobs that wait for it follow their own policy. */
    FAIL,
    /** The job runs when all jobs that it waits for have ended, completed or not. */
    RUN,
    /** The job is cancelled in the same transaction. */
    CANCEL;

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
