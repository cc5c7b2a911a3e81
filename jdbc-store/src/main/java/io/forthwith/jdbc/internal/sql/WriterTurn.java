package io.forthwith.jdbc.internal.sql;

/** The right of one thread to write to a database that has one writer at a time. To close it twice does no harm. */
@FunctionalInterface
public interface WriterTurn extends AutoCloseable {
    /** For databases that have many writers. */
    WriterTurn ALWAYS = () -> {};

    @Override
    public void close();
}
