package io.forthwith.benchmarks;

/** Enqueues one job in each call. Thread-safe. */
interface Producer extends AutoCloseable {
    void enqueue(int number) throws Exception;

    /** Waits until all jobs are durable; by default each of them is when its call returns. Throws if one has not become so. */
    default void awaitDurable() throws Exception {}

    /** By default there is nothing to close. */
    @Override
    default void close() throws Exception {}
}
