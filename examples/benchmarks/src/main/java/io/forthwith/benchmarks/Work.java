package io.forthwith.benchmarks;

/** What a job does. Thread-safe. */
@FunctionalInterface
interface Work {
    void run(int number) throws InterruptedException;
}
