package io.forthwith;

import io.forthwith.internal.SafeText;

/** Thrown by the registry for a job whose type no processor is registered for. */
public final class UnknownJobTypeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String type;

    /** No processor is registered for {@code type}. */
    public UnknownJobTypeException(String type) {
        super("Unknown job type: " + SafeText.line(type, 200));
        this.type = type;
    }

    /** The type as it stands in the store; it may hold anything. */
    public String type() {
        return type;
    }
}
