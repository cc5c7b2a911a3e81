package io.forthwith.jdbc;

/** The right to use a database that only so many may use at a time. Ending it again does nothing. */
@FunctionalInterface
interface Turn extends AutoCloseable {
    /** Where everyone may at any time. */
    Turn ALWAYS = () -> {};

    @Override
    void close();
}
