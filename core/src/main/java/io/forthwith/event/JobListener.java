package io.forthwith.event;

import io.forthwith.Job;

/**
 * Hears of what happened to jobs, after it is durable. Called on the worker's own threads: return quickly, hand long work
 * to a thread of your own. What it throws is logged and changes nothing. Must be thread-safe.
 */
@FunctionalInterface
public interface JobListener {
    /** Something happened. */
    void onEvent(JobEvent event);

    /**
     * A job died of an error of the JVM itself, an {@link OutOfMemoryError} for example, so that this process is not to be
     * trusted any more. By default does nothing: the worker goes on, and its health says so until it is built anew.
     *
     * <p>Called on the job's thread when the failure is on its way to the store, so a host that ends its process should do
     * it with {@link System#exit} and close the worker in a shutdown hook, which waits for the failure to arrive; otherwise
     * another worker takes the job over. It is also called for a job that has been settled already, after its time limit
     * for example.
     */
    default void fatal(Job job, Error error) {}
}
