package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sends events to the listeners of the application. A listener that throws affects neither the job nor other listeners.
 * Costs nothing without listeners.
 */
public final class EventSender {
    private final List<JobListener> listeners;

    public EventSender(List<JobListener> listeners) {
        this.listeners = listeners;
    }

    public void send(Supplier<JobEvent> event) {
        if (listeners.isEmpty()) {
            return;
        }
        JobEvent happened = event.get();
        for (JobListener listener : listeners) {
            try {
                listener.onEvent(happened);
            } catch (Throwable broken) {
                threw(listener, broken, happened.getClass().getSimpleName(), happened.job());
            }
        }
    }

    void fatal(Job job, Error error) {
        for (JobListener listener : listeners) {
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
