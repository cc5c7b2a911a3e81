package io.forthwith.jdbc;

/** The right to use a database that only so many may use at a time. Ending it again does nothing. */
@FunctionalInterface
interface WriterTurn extends AutoCloseable {
    /** Where everyone may at any time. */
    WriterTurn ALWAYS = () -> {};

    @Override
    void close();
}
