package io.forthwith.event;

import io.forthwith.Job;

/**
 * Receives the events of the jobs of a worker, after the store has confirmed them. The worker tells its listeners on a
 * thread of its own, one event at a time and in the order in which they happened; so an event may come a little after
 * its job has gone on. If a listener throws, the exception is logged, and neither the job nor other listeners are
 * affected.
 *
 * <p>A listener should return quickly and leave long work to another thread. One that is slow slows down its worker, as
 * soon as 1,000 events wait. One that does not return for a second holds up nobody: while 1,000 events wait behind it,
 * further ones are dropped; {@link io.forthwith.worker.Worker#health()} and the log say how many. A worker that closes waits up
 * to 10 s until its listeners have been told everything.
 *
 * <p>A listener that several workers have, and one that overrides {@link #fatal}, must be thread-safe.
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
