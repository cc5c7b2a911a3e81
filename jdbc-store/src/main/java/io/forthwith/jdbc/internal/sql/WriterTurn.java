package io.forthwith.jdbc.internal.sql;

/** The right to use a database that only so many may use at a time. Ending it again does nothing. */
@FunctionalInterface
public interface WriterTurn extends AutoCloseable {
    /** Where everyone may at any time. */
    WriterTurn ALWAYS = () -> {};

    @Override
    public void close();
}
