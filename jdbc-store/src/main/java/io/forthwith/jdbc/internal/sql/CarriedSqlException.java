package io.forthwith.jdbc.internal.sql;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Carries what the database threw through code that knows nothing of databases. */
@SuppressWarnings("serial") // Caught where it is thrown for.
public final class CarriedSqlException extends RuntimeException {
    private final SQLException why;

    private CarriedSqlException(SQLException why) {
        super(null, why, false, false);
        this.why = why;
    }

    /** What asks the database. */
    @FunctionalInterface
    public interface Question<T extends @Nullable Object> {
        T ask() throws SQLException;
    }

    /** Asks within such code. */
    public static <T extends @Nullable Object> T carried(Question<T> question) {
        try {
            return question.ask();
        } catch (SQLException failed) {
            throw new CarriedSqlException(failed);
        }
    }

    /** Runs such code. */
    public static <T extends @Nullable Object> T unpacked(Question<T> code) throws SQLException {
        try {
            return code.ask();
        } catch (CarriedSqlException carried) {
            throw carried.why;
        }
    }
}
