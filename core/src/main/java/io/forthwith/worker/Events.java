package io.forthwith.worker;

import io.forthwith.event.JobEvent;
import io.forthwith.event.JobListener;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the host's listeners, none of which can harm a job or another listener. Costs nothing without listeners. */
final class Events {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final List<JobListener> listeners;

    Events(List<JobListener> listeners) {
        this.listeners = listeners;
    }

    void send(Supplier<JobEvent> event) {
        if (listeners.isEmpty()) {
            return;
        }
        JobEvent happened = event.get();
        for (JobListener listener : listeners) {
            try {
                listener.onEvent(happened);
            } catch (Throwable broken) {
                LOG.warn(
                        "[Worker] Listener {} threw at {} of job {}; the job is not affected",
                        listener.getClass().getName(),
                        happened.getClass().getSimpleName(),
                        happened.job().id(),
                        broken);
            }
        }
    }
}
