package io.forthwith.event;

/**
 * Hears of what happened to jobs, after it is durable. Called on the worker's own threads: return quickly, hand long work
 * to a thread of your own. What it throws is logged and changes nothing. Must be thread-safe.
 */
@FunctionalInterface
public interface JobListener {
    /** Something happened. */
    void onEvent(JobEvent event);
}
