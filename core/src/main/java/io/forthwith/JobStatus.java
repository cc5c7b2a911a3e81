package io.forthwith;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Where a job is in its life, and what it may become next.
 *
 * <p>The table of transitions lives here and nowhere else; stores and the worker only make moves that it allows.
 */
public enum JobStatus {
    /** Waits for its {@code run_at} and a worker: new, retrying, postponed or given back. */
    PENDING,
    /** Claimed by a worker. */
    PROCESSING,
    /** Waits for other jobs: its open children or its predecessors. */
    WAITING,
    /** Ended well. Final. */
    COMPLETED,
    /** Ended badly. Final, unless retried by hand. */
    FAILED,
    /** Ended on request. Final, unless retried by hand. */
    CANCELLED;

    private static final Set<JobStatus> OPEN = EnumSet.of(PENDING, PROCESSING, WAITING);

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Whether a job may move from this status to {@code next} in one step. */
    public boolean canBecome(JobStatus next) {
        return switch (this) {
            case PENDING -> next == PROCESSING || next == CANCELLED;
            case PROCESSING -> next != PROCESSING;
            case WAITING -> next != WAITING && next != PROCESSING;
            case COMPLETED -> false;
            case FAILED, CANCELLED -> next == PENDING || next == WAITING;
        };
    }

    /**
     * Returns {@code next} if a job may move there from this status.
     *
     * @throws IllegalStateException naming both statuses, if it may not
     */
    public JobStatus become(JobStatus next) {
        if (!canBecome(next)) {
            throw new IllegalStateException("A job that is " + text() + " cannot become " + next.text());
        }
        return next;
    }

    /** Whether a job in this status still has something to do: pending, processing or waiting. */
    public boolean isOpen() {
        return OPEN.contains(this);
    }

    /** Whether a job in this status has ended: completed, failed or cancelled. */
    public boolean isFinal() {
        return !isOpen();
    }

    /** Whether a job in this status can be retried by hand: failed or cancelled. */
    public boolean isRetryable() {
        return this == FAILED || this == CANCELLED;
    }

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return text;
    }

    /**
     * The status stored as {@code text}.
     *
     * @throws IllegalArgumentException if {@code text} is none of the six words
     */
    public static JobStatus of(String text) {
        for (JobStatus status : values()) {
            if (status.text().equals(text)) {
                return status;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not a job status; the six are pending, processing,"
                + " waiting, completed, failed and cancelled");
    }
}
