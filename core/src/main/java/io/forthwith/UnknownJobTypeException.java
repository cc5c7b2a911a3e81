package io.forthwith;

import io.forthwith.internal.SafeText;

/** The type of a job has no registered processor. */
public final class UnknownJobTypeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String type;

    /** An exception for this type. */
    public UnknownJobTypeException(String type) {
        super("Unknown job type: " + SafeText.line(type, 200));
        this.type = type;
    }

    /** The type as the store has it. It may contain any characters. */
    public String type() {
        return type;
    }
}
