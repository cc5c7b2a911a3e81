package io.forthwith;

import io.forthwith.internal.NullRules;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The status of a job, and the statuses that may follow it.
 *
 * <p>The table of transitions is here only; stores and workers change a status only as it allows.
 */
public enum JobStatus {
    /**
     * Waits for its {@code run_at} and then for a worker. The job is new, will be retried, was postponed or was given
     * back.
     */
    PENDING,
    /** A worker has claimed it. */
    PROCESSING,
    /** Waits for other jobs: its open children or its predecessors. */
    WAITING,
    /** Ended with success. Final. */
    COMPLETED,
    /** Ended with a failure. Final, unless it is retried by hand. */
    FAILED,
    /** Ended on request. Final, unless it is retried by hand. */
    CANCELLED;

    private static final Set<JobStatus> OPEN = EnumSet.of(PENDING, PROCESSING, WAITING);

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Whether a job with this status may change to {@code next} directly. */
    public boolean canBecome(JobStatus next) {
        return switch (this) {
            case PENDING -> next == PROCESSING || next == CANCELLED || next == FAILED;
            case PROCESSING -> next != PROCESSING;
            case WAITING -> next != WAITING && next != PROCESSING;
            case COMPLETED -> false;
            case FAILED, CANCELLED -> next == PENDING || next == WAITING;
        };
    }

    /**
     * Returns {@code next} if a job with this status may change to it.
     *
     * @throws IllegalStateException if it may not; the message names both statuses
     */
    public JobStatus become(JobStatus next) {
        if (!canBecome(next)) {
            throw new IllegalStateException("A job that is " + text() + " cannot become " + next.text());
        }
        return next;
    }

    /** Whether a job with this status has not ended: pending, processing or waiting. */
    public boolean isOpen() {
        return OPEN.contains(this);
    }

    /** Whether a job with this status has ended: completed, failed or cancelled. */
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
     * @throws IllegalArgumentException if {@code text} is not one of the six words
     */
    public static JobStatus parse(String text) {
        NullRules.require(text, "text", "give the text of a status, such as \"pending\"");
        for (JobStatus status : values()) {
            if (status.text().equals(text)) {
                return status;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not a job status; the six are pending, processing,"
                + " waiting, completed, failed and cancelled");
    }
}
