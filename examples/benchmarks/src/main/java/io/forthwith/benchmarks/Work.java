package io.forthwith.benchmarks;

/** The work of a job. Thread-safe. */
@FunctionalInterface
interface Work {
    void run(int number) throws InterruptedException;
}
