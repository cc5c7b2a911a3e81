package io.forthwith.event;

import io.forthwith.Job;

/**
 * Receives the events of the jobs of a worker, after the store has confirmed them. The worker tells its listeners on a
 * thread of its own, one event at a time, those of one attempt in their order; so an event may come a little after its
 * job has gone on. If a listener throws, the exception is logged, and neither the job nor other listeners are
 * affected.
 *
 * <p>A listener should return quickly and leave long work to another thread. Up to 1,000 events wait for it, fewer if the
 * inputs of their jobs are large. While there is no room, jobs wait before they start, so a listener that is slow slows
 * down its worker and misses nothing. If no call of a listener has ended for a second meanwhile, jobs go on and events
 * are dropped, but never the end of an attempt whose start is told; {@link io.forthwith.worker.Worker#health()} and the
 * log say how many. A worker that closes waits until its listeners have been told everything, or none of their calls
 * has ended for 10 s.
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
