package io.forthwith.jdbc.internal.sql;

import org.jspecify.annotations.Nullable;

/**
 * A transaction needs what another one has locked, and has waited as long as it may: it is rolled back. Thrown only
 * where the wait is {@linkplain Database#withLockWait limited}.
 */
@SuppressWarnings("serial") // Caught where it is thrown for.
public final class LocksHeldException extends RuntimeException {
    public LocksHeldException(@Nullable Throwable cause) {
        super("Locked by another transaction", cause, false, false);
    }
}
