package io.forthwith.benchmarks;

/** Enqueues one job in each call, durably when the call returns. Thread-safe. */
interface Producer extends AutoCloseable {
    void enqueue(int number) throws Exception;

    /** By default there is nothing to close. */
    @Override
    default void close() throws Exception {}
}
