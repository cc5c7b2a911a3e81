package io.forthwith.store;

import io.forthwith.JobStep;
import io.forthwith.internal.NameRules;

/**
 * Which step of a job is meant. Immutable.
 *
 * @param step the name of the {@link io.forthwith.Step}
 * @param part which one of several runs of it; empty if there is but one
 */
public record StepName(String step, String part) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException unless each is a name of at most 64 characters, or the part is empty
     */
    public StepName {
        NameRules.requireShort("Step", step);
        if (!part.isEmpty()) {
            NameRules.requireShort("Step part", part);
        }
    }

    /** The name of a step as it stands in the store. */
    public static StepName of(JobStep step) {
        return new StepName(step.name(), step.part());
    }

    @Override
    public String toString() {
        return part.isEmpty() ? step : step + "~" + part;
    }
}
