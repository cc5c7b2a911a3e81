package io.forthwith.jdbc.internal.sql;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Another transaction has changed what this one relies on: it is rolled back and repeated. */
public final class OvertakenException extends SQLException {
    private static final long serialVersionUID = 1;

    public OvertakenException(String message, @Nullable Throwable cause) {
        super(message, "40001", cause);
    }
}
