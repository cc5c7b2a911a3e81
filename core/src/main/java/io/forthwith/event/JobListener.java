package io.forthwith.event;

import io.forthwith.Job;

/**
 * Receives the events of the jobs of a worker, after the store has confirmed them. The worker calls it on its own
 * threads, so it must return quickly and leave long work to another thread. If it throws, the exception is logged, and
 * neither the job nor other listeners are affected. An implementation must be thread-safe.
 */
@FunctionalInterface
public interface JobListener {
    /** Receives an event. */
    void onEvent(JobEvent event);

    /**
     * A job ended with an error of the JVM itself, for example an {@link OutOfMemoryError}, so this process may be
     * damaged. By default it does nothing: the worker goes on, and its health reports the error as long as the worker
     * lives.
     *
     * <p>It is called on the thread of the job, while the failure is on its way to the store. An application that wants
     * to end the process should call {@link System#exit} and close the worker in a shutdown hook: closing waits until
     * the failure is stored. Otherwise another worker takes over the job. It is also called for a job that was settled
     * before, for example at its time limit.
     */
    default void fatal(Job job, Error error) {}
}
