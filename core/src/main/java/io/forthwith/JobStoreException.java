package io.forthwith;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A store could not do a call. The kind says whether to repeat the call. */
public final class JobStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** What is known about the effect of the call. */
    public enum Kind {
        /**
         * Nothing was changed, and the same call may succeed later, by itself or when a person has fixed something:
         * connection refused, deadlock, time-out, disk full, a missing table or right.
         */
        TRANSIENT,
        /**
         * The answer was lost, so the call may or may not have had an effect. It is safe to repeat every call of a
         * store.
         */
        UNKNOWN_OUTCOME,
        /**
         * Nothing was changed, and the same call will always fail because of a value in it that cannot be stored. A
         * worker gives up such a value and stores a simpler one instead, so a store must not use this kind for any
         * other trouble.
         */
        PERMANENT
    }

    /** An exception of this kind. */
    public JobStoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /** What is known about the effect of the call. */
    public Kind kind() {
        return kind;
    }
}
