package io.forthwith.jdbc.internal.sql;

/** The name of the logger of all classes of the store. It is the name of the class that an application knows. */
public final class StoreLogger {
    /** The full name of {@code JdbcJobStore}. */
    public static final String NAME = "io.forthwith.jdbc.JdbcJobStore";

    private StoreLogger() {}
}
