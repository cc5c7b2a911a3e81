package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.internal.SafeText;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The MDC of a thread while it runs a job. The MDC belongs to the application; no method here throws what it throws.
 * Immutable.
 */
public final class JobMdc {
    private static final String ID = "job.id";
    private static final String TYPE = "job.type";
    private static final String ATTEMPT = "job.attempt";
    private static final String QUEUE = "job.queue";

    private final @Nullable Map<String, String> before;
    private final boolean isKnown;

    private JobMdc(@Nullable Map<String, String> before, boolean isKnown) {
        this.before = before;
        this.isKnown = isKnown;
    }

    /** Remembers the MDC of the current thread. */
    public static JobMdc ofCurrentThread() {
        try {
            return new JobMdc(MDC.getCopyOfContextMap(), true);
        } catch (Throwable broken) {
            return new JobMdc(null, false);
        }
    }

    /** The lines of the current thread are about this job, until {@link #restore}. */
    public static void put(Job job) {
        put(job, true);
    }

    /** The lines of the current thread are about several jobs of the type of this one, until {@link #restore}. */
    public static void putType(Job one) {
        put(one, false);
    }

    private static void put(Job job, boolean isAlone) {
        try {
            MDC.put(TYPE, SafeText.line(job.type(), 128));
            if (isAlone) {
                MDC.put(ID, job.id().toString());
                MDC.put(ATTEMPT, Integer.toString(job.attempt()));
                MDC.put(QUEUE, SafeText.line(job.queue(), 128));
            } else {
                MDC.remove(ID);
                MDC.remove(ATTEMPT);
                MDC.remove(QUEUE);
            }
        } catch (Throwable broken) {
            JobLog.unexpected(broken, "[Worker] Could not set the MDC for job {}", job.id());
        }
    }

    /** Restores what {@link #ofCurrentThread} remembered. */
    public void restore() {
        try {
            if (!isKnown) {
                MDC.remove(ID);
                MDC.remove(TYPE);
                MDC.remove(ATTEMPT);
                MDC.remove(QUEUE);
            } else if (before == null) {
                MDC.clear();
            } else {
                MDC.setContextMap(before);
            }
        } catch (Throwable broken) {
            JobLog.unexpected(broken, "[Worker] Could not restore the MDC of {}", Thread.currentThread());
        }
    }
}
