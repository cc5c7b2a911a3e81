package io.forthwith.benchmarks;

/** Enqueues one job in each call. Thread-safe. */
interface Producer extends AutoCloseable {
    void enqueue(int number) throws Exception;

    /** Waits until all jobs are durable. By default a job is durable when its call returns. Throws if a job is not durable. */
    default void awaitDurable() throws Exception {}

    /** By default does nothing. */
    @Override
    default void close() throws Exception {}
}
