package io.forthwith;

/** The answer to a request to seal a group. */
public enum SealResult {
    /** No more children can be added to the group. If none was open, the group has ended, or its finisher can run. */
    SEALED,
    /** The group was sealed before, or the job is not a group. Nothing changed. */
    ALREADY_SEALED,
    /** The store has no such job. */
    NOT_FOUND
}
