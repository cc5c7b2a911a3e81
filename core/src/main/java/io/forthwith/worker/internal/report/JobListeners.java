package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import java.util.List;

/**
 * The listeners of the application. One that throws affects neither the job nor other listeners.
 *
 * @param all in the order in which they are told
 */
public record JobListeners(List<JobListener> all) {
    /** Throws nothing. */
    public static void tell(JobListener listener, JobEvent event) {
        try {
            listener.onEvent(event);
        } catch (Throwable broken) {
            threw(listener, broken, event.getClass().getSimpleName(), event.job());
        }
    }

    void fatal(Job job, Error error) {
        for (JobListener listener : all) {
            try {
                listener.fatal(job, error);
            } catch (Throwable broken) {
                threw(listener, broken, "the fatal error", job);
            }
        }
    }

    private static void threw(JobListener listener, Throwable broken, String at, Job job) {
        JobLog.hostThrew(
                broken,
                "[Worker] Listener {} threw at {} of job {}; the job is not affected",
                listener.getClass().getName(),
                at,
                job.id());
    }
}
