package io.forthwith.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Error codes for the exceptions of JDBC drivers.
 *
 * <p>The core does not require the module java.sql, so that it also runs without it; where a driver throws, the module
 * is present. So classes are recognized by name. The SQLState is read through method handles of the public class
 * java.sql.SQLException, which need no access to the classes of the driver.
 */
public final class SqlErrors {
    public static final String PERMANENT = "unexpected";

    /**
     * Error codes of MariaDB and MySQL: record changed since last read, lock time-out, deadlock, lock not available
     * (NOWAIT); interrupted, statement time-out of MariaDB, of MySQL; read-only, read-only transaction; disk full,
     * table full, out of memory.
     */
    private static final Set<Integer> PASSING_CODES =
            Set.of(1020, 1205, 1213, 3572, 1317, 1969, 3024, 1290, 1836, 1021, 1114, 1041);

    /** Error codes of SQLite, whose driver has no SQLState: another connection is writing. */
    private static final Set<Integer> BUSY = Set.of(5, 6);

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.publicLookup();
    /**
     * Holds a value for java.sql.SQLException only. It is a class value because that class may not exist until a driver
     * throws.
     */
    private static final ClassValue<Getters> GETTERS = new ClassValue<>() {
        @Override
        protected Getters computeValue(Class<?> sqlException) {
            return new Getters(
                    getter(sqlException, "getSQLState", String.class), getter(sqlException, "getErrorCode", int.class));
        }
    };

    private SqlErrors() {}

    /**
     * The error code of an exception: {@code timeout}, {@code connection} or {@code temporary} if it may pass, {@link #PERMANENT}
     * if it will not; null if it is not a {@code SQLException} or does not say.
     */
    public static @Nullable String codeOf(Throwable thrown) {
        Class<?> sqlException = ExceptionsByClassName.superclass(thrown, "java.sql.SQLException");
        return sqlException == null ? null : codeOf(thrown, sqlException);
    }

    private static @Nullable String codeOf(Throwable thrown, Class<?> sqlException) {
        if (ExceptionsByClassName.isA(thrown, "java.sql.SQLTimeoutException")) {
            return "timeout";
        }
        // Drivers also throw the non-transient one when an open connection breaks.
        if (ExceptionsByClassName.isA(thrown, "java.sql.SQLTransientConnectionException")
                || ExceptionsByClassName.isA(thrown, "java.sql.SQLNonTransientConnectionException")
                || ExceptionsByClassName.isA(thrown, "java.sql.SQLRecoverableException")) {
            return "connection";
        }
        if (ExceptionsByClassName.isA(thrown, "java.sql.SQLTransientException")) {
            return "temporary";
        }
        Getters getters = GETTERS.get(sqlException);
        String state = getters.sqlStateOf(thrown);
        if (state == null && ExceptionsByClassName.isA(thrown, "org.sqlite.SQLiteException")) {
            return BUSY.contains(getters.errorCodeOf(thrown) & 0xff) ? "temporary" : null;
        }
        return state == null || state.length() != 5 ? null : codeOf(state, getters.errorCodeOf(thrown));
    }

    private static @Nullable String codeOf(String state, int vendorCode) {
        return switch (state) {
            // Cancelled or timed out: PostgreSQL and H2; then the ODBC states, which H2 and SQL Server use.
            case "57014", "HYT00", "HYT01" -> "timeout";
            // Lock not available; read-only, as a server is after it lost its role in a fail-over; I/O error.
            case "55P03", "25006", "58030" -> "temporary";
            // A cached plan that a migration made invalid; a prepared statement that a connection pooler has lost, or
            // that it has left to another connection.
            case "0A000", "26000", "42P05" -> "temporary";
            // The server shuts down, has crashed or starts; the session was idle for too long.
            case "57P01", "57P02", "57P03", "57P05" -> "connection";
            // A constraint failed at commit.
            case "40002" -> PERMANENT;
            case "HY000" -> PASSING_CODES.contains(vendorCode) ? "temporary" : null;
            default -> codeOfClass(state.substring(0, 2));
        };
    }

    private static @Nullable String codeOfClass(String stateClass) {
        return switch (stateClass) {
            case "08" -> "connection";
            // Rolled back (a deadlock, a conflict); too few resources; operator intervention.
            case "40", "53", "57" -> "temporary";
            // The statement, its values or the rights are wrong. Returned here, so that the causes are not asked.
            case "0A", "21", "22", "23", "28", "42", "44" -> PERMANENT;
            default -> null;
        };
    }

    private static MethodHandle getter(Class<?> sqlException, String name, Class<?> result) {
        try {
            return LOOKUP.findVirtual(sqlException, name, MethodType.methodType(result))
                    .asType(MethodType.methodType(result, Throwable.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("java.sql.SQLException has a public " + name + "()", e);
        }
    }

    private record Getters(MethodHandle sqlState, MethodHandle errorCode) {
        @Nullable
        String sqlStateOf(Throwable thrown) {
            try {
                return (String) sqlState.invokeExact(thrown);
            } catch (Throwable broken) {
                return null;
            }
        }

        int errorCodeOf(Throwable thrown) {
            try {
                return (int) errorCode.invokeExact(thrown);
            } catch (Throwable broken) {
                return 0;
            }
        }
    }
}
