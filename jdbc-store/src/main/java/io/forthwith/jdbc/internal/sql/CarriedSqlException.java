package io.forthwith.jdbc.internal.sql;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Carries an {@link SQLException} through code that does not know of databases, such as the rules of core. */
@SuppressWarnings("serial") // Caught where it is thrown for.
public final class CarriedSqlException extends RuntimeException {
    private final SQLException why;

    private CarriedSqlException(SQLException why) {
        super(null, why, false, false);
        this.why = why;
    }

    /** Code that asks the database. */
    @FunctionalInterface
    public interface Question<T extends @Nullable Object> {
        T ask() throws SQLException;
    }

    /** Runs a question within such code: an {@link SQLException} leaves it wrapped. */
    public static <T extends @Nullable Object> T carried(Question<T> question) {
        try {
            return question.ask();
        } catch (SQLException failed) {
            throw new CarriedSqlException(failed);
        }
    }

    /** Runs such code: what it carries is thrown as it was. */
    public static <T extends @Nullable Object> T unpacked(Question<T> code) throws SQLException {
        try {
            return code.ask();
        } catch (CarriedSqlException carried) {
            throw carried.why;
        }
    }
}
