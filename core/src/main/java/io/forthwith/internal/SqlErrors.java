package io.forthwith.internal;

import io.forthwith.JobError;
import io.forthwith.StandardClassifier;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the exceptions of JDBC drivers mean.
 *
 * <p>The core does without the module java.sql, so that it also runs where that is absent; where a driver throws, it is
 * there. Classes are therefore told by name, and the SQLState is read through handles of the public class java.sql.SQLException
 * itself, which needs no access to the driver's own classes.
 */
public final class SqlErrors {
    /**
     * Of MariaDB and MySQL: changed since last read, lock time-out, deadlock, lock not to be had at once; interrupted, timed out (of either);
     * read-only; disk, table or memory full.
     */
    private static final Set<Integer> PASSING_CODES =
            Set.of(1020, 1205, 1213, 3572, 1317, 1969, 3024, 1290, 1836, 1021, 1114, 1041);

    /** Of SQLite, whose driver knows no SQLState: somebody else writes. */
    private static final Set<Integer> BUSY = Set.of(5, 6);

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.publicLookup();
    /** Asked with java.sql.SQLException only; a class value, since there is no such class to ask before one is thrown. */
    private static final ClassValue<Getters> GETTERS = new ClassValue<>() {
        @Override
        protected Getters computeValue(Class<?> sqlException) {
            return new Getters(
                    getter(sqlException, "getSQLState", String.class), getter(sqlException, "getErrorCode", int.class));
        }
    };

    private SqlErrors() {}

    /** What {@code thrown} means; null if it is not a driver's, or does not say. */
    public static @Nullable JobError describe(Throwable thrown) {
        Class<?> sqlException = StandardClassifier.superclass(thrown, "java.sql.SQLException");
        if (sqlException == null) {
            return null;
        }
        String code = codeOf(thrown, sqlException);
        if (code == null) {
            return null;
        }
        String message = StackTraceText.messageOf(thrown);
        return code.equals("unexpected") ? JobError.permanent(code, message) : JobError.retryable(code, message);
    }

    private static @Nullable String codeOf(Throwable thrown, Class<?> sqlException) {
        if (StandardClassifier.isA(thrown, "java.sql.SQLTimeoutException")) {
            return "timeout";
        }
        // Drivers throw the "non-transient" one too when a connection that worked breaks.
        if (StandardClassifier.isA(thrown, "java.sql.SQLTransientConnectionException")
                || StandardClassifier.isA(thrown, "java.sql.SQLNonTransientConnectionException")
                || StandardClassifier.isA(thrown, "java.sql.SQLRecoverableException")) {
            return "connection";
        }
        if (StandardClassifier.isA(thrown, "java.sql.SQLTransientException")) {
            return "temporary";
        }
        Getters getters = GETTERS.get(sqlException);
        String state = getters.sqlStateOf(thrown);
        if (state == null && StandardClassifier.isA(thrown, "org.sqlite.SQLiteException")) {
            return BUSY.contains(getters.errorCodeOf(thrown) & 0xff) ? "temporary" : null;
        }
        return state == null || state.length() != 5 ? null : codeOf(state, getters.errorCodeOf(thrown));
    }

    private static @Nullable String codeOf(String state, int vendorCode) {
        return switch (state) {
            // Cancelled or timed out: PostgreSQL and H2; ODBC's states, which H2 and SQL Server use.
            case "57014", "HYT00", "HYT01" -> "timeout";
            // A lock that was not to be had; read-only, as a server is that has lost its role in a fail-over; disk
            // trouble.
            case "55P03", "25006", "58030" -> "temporary";
            // A plan that a migration made obsolete, a prepared statement that a pooler has lost.
            case "0A000", "26000" -> "temporary";
            // Shutting down, crashed, starting up, idle for too long.
            case "57P01", "57P02", "57P03", "57P05" -> "connection";
            // A constraint that was checked at commit.
            case "40002" -> "unexpected";
            case "HY000" -> PASSING_CODES.contains(vendorCode) ? "temporary" : null;
            default -> codeOfClass(state.substring(0, 2));
        };
    }

    private static @Nullable String codeOfClass(String stateClass) {
        return switch (stateClass) {
            case "08" -> "connection";
            // Rolled back (a deadlock, a conflict), too few resources, an operator's intervention.
            case "40", "53", "57" -> "temporary";
            // The statement, its values or the rights are at fault. Said here, so that no cause is asked.
            case "0A", "21", "22", "23", "28", "42", "44" -> "unexpected";
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
