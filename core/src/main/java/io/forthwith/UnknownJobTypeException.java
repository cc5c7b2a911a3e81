package io.forthwith;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;

/** The type of a job has no registered processor. */
public final class UnknownJobTypeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String type;

    /** An exception for this type. */
    public UnknownJobTypeException(String type) {
        super("Unknown job type: "
                + SafeText.line(NullRules.require(type, "type", "give the name that no processor has"), 200));
        this.type = type;
    }

    /** The type as the store has it. It may contain any characters. */
    public String type() {
        return type;
    }
}
