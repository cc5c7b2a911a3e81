package io.forthwith.jdbc.internal.sql;

/** The name under which all of the store logs: that of the type that an application uses, wherever the code lies. */
public final class StoreLogger {
    /** See {@code io.forthwith.jdbc.JdbcJobStore}. */
    public static final String NAME = "io.forthwith.jdbc.JdbcJobStore";

    private StoreLogger() {}
}
