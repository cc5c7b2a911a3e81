package io.forthwith;

import io.forthwith.internal.SafeText;
import org.jspecify.annotations.Nullable;

/**
 * How far a job has got. Immutable.
 *
 * @param percent 0 to 100
 * @param currentStep the stage that is under way (the column {@code current_step}), counted from 1; 0 if the job does not count stages
 * @param totalSteps how many stages there are; null if the job does not count stages
 * @param message what the job is doing, for the user; control characters are replaced, and it is cut to 500 characters
 */
public record JobProgress(
        int percent,
        int currentStep,
        @Nullable Integer totalSteps,
        @Nullable String message) {
    /** Nothing is done yet. */
    public static final JobProgress NONE = new JobProgress(0, 0, null, null);

    private static final int MAX_MESSAGE = 500;

    /**
     * Makes the message safe to store.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public JobProgress {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("Progress " + percent + " is out of range: 0 to 100 percent");
        }
        if (currentStep < 0 || (totalSteps != null && (totalSteps < 1 || currentStep > totalSteps))) {
            throw new IllegalArgumentException("Step " + currentStep + " of " + totalSteps
                    + " is out of range: steps are counted from 1 to the total");
        }
        message = message == null ? null : SafeText.line(message, MAX_MESSAGE);
    }

    /**
     * Stage {@code current} of {@code total} is under way. The percentage is that of the stages before it.
     *
     * @throws IllegalArgumentException unless 1 ≤ current ≤ total
     */
    public static JobProgress atStep(int current, int total, @Nullable String message) {
        if (current < 1 || current > total) {
            throw new IllegalArgumentException(
                    "Step " + current + " of " + total + " is out of range: steps are counted from 1 to the total");
        }
        return new JobProgress((int) ((current - 1) * 100L / total), current, total, message);
    }

    /** Returns the same progress with another percentage. */
    public JobProgress withPercent(int newPercent) {
        return new JobProgress(newPercent, currentStep, totalSteps, message);
    }

    /** Returns the same progress with another message. */
    public JobProgress withMessage(@Nullable String newMessage) {
        return new JobProgress(percent, currentStep, totalSteps, newMessage);
    }
}
