package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.SafeText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How far a job has got. Immutable. */
@CheckReturnValue
public final class JobProgress {
    /** Nothing is done yet. */
    public static final JobProgress NONE = new JobProgress(LibraryOnly.KEY, 0, 0, null, null);

    private static final int MAX_MESSAGE = 500;

    private final int percent;
    private final int currentStep;
    private final @Nullable Integer totalSteps;
    private final @Nullable String message;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobProgress(
            LibraryOnly by, int percent, int currentStep, @Nullable Integer totalSteps, @Nullable String message) {
        Objects.requireNonNull(by, "by");
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("Progress " + percent + " is out of range: 0 to 100 percent");
        }
        if (currentStep < 0 || (totalSteps != null && (totalSteps < 1 || currentStep > totalSteps))) {
            throw new IllegalArgumentException("Step " + currentStep + " of " + totalSteps
                    + " is out of range: steps are counted from 1 to the total");
        }
        this.percent = percent;
        this.currentStep = currentStep;
        this.totalSteps = totalSteps;
        this.message = message == null ? null : SafeText.line(message, MAX_MESSAGE);
    }

    /** 0 to 100. */
    public int percent() {
        return percent;
    }

    /** The stage that is under way (the column {@code current_step}), counted from 1; 0 if the job does not count stages. */
    public int currentStep() {
        return currentStep;
    }

    /** How many stages there are; null if the job does not count stages. */
    public @Nullable Integer totalSteps() {
        return totalSteps;
    }

    /** What the job is doing, for the user; control characters are replaced, and it is cut to 500 characters. */
    public @Nullable String message() {
        return message;
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
        return new JobProgress(LibraryOnly.KEY, (int) ((current - 1) * 100L / total), current, total, message);
    }

    /** Returns the same progress with another percentage. */
    public JobProgress withPercent(int newPercent) {
        return new JobProgress(LibraryOnly.KEY, newPercent, currentStep, totalSteps, message);
    }

    /** Returns the same progress with another message. */
    public JobProgress withMessage(@Nullable String newMessage) {
        return new JobProgress(LibraryOnly.KEY, percent, currentStep, totalSteps, newMessage);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobProgress that
                && percent == that.percent
                && currentStep == that.currentStep
                && Objects.equals(totalSteps, that.totalSteps)
                && Objects.equals(message, that.message);
    }

    @Override
    public int hashCode() {
        return Objects.hash(percent, currentStep, totalSteps, message);
    }

    @Override
    public String toString() {
        return "JobProgress[percent=" + percent + ", currentStep=" + currentStep + ", totalSteps=" + totalSteps
                + ", message=" + message + "]";
    }
}
