package io.forthwith;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A store could not do what it was asked, and says whether it makes sense to ask again. */
public final class JobStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** What is known of the call. */
    public enum Kind {
        /**
         * Nothing was changed, and the same call may succeed later, by itself or when a person has mended something:
         * connection refused, deadlock, time-out, disk full, a missing table or right.
         */
        TRANSIENT,
        /** The call may or may not have taken effect: the answer was lost. Every call of the SPI may be repeated. */
        UNKNOWN_OUTCOME,
        /**
         * Nothing was changed, and the same call will fail again because of what it says: a value that cannot be stored. The
         * worker gives such a value up and records something plainer, so trouble of any other kind must not be called this.
         */
        PERMANENT
    }

    /** A failure of the given kind. */
    public JobStoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    /** What is known of the call. */
    public Kind kind() {
        return kind;
    }
}
