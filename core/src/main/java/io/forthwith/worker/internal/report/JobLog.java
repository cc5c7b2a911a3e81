package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StackTraceText;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** The log lines of a worker about jobs. The markers are part of the format. The text is English in every locale. */
public final class JobLog {
    private static final Logger LOG = WorkerLogger.logger();

    private JobLog() {}

    public static void started(Job job) {
        if (LOG.isInfoEnabled()) {
            LOG.info("[Worker] ▶️  Job {} ({}) started", job.id(), SafeText.line(job.type(), 128));
        }
    }

    public static void done(Job job, Duration took) {
        if (LOG.isInfoEnabled()) {
            LOG.info("[Worker] ✅ Job {} done in {} s", job.id(), seconds(took, 2));
        }
    }

    public static void waits(Job job, int children) {
        LOG.info("[Worker] ⏳ Job {} waits for {} child job{}", job.id(), children, children == 1 ? "" : "s");
    }

    public static void failed(Job job, Duration took, JobError error) {
        if (LOG.isWarnEnabled()) {
            LOG.warn("[Worker] ❌ Job {} failed after {} s: {}", job.id(), seconds(took, 2), error.message());
        }
        // The stack trace is also in the history of the job. An error that the user can fix needs none.
        if (error.kind() == JobError.Kind.SYSTEM && error.trace() != null && LOG.isDebugEnabled()) {
            LOG.debug("[Worker] Trace of job {}:\n{}", job.id(), error.trace());
        }
    }

    public static void markedAsFailed(Job job) {
        LOG.info("[Worker] 📝 Job {} marked as failed", job.id());
    }

    public static void willBeRetried(Job job, Duration delay, int maxAttempts) {
        if (LOG.isInfoEnabled() && job.isUndo()) {
            LOG.info(
                    "[Worker] 🔄 Job {} will be retried in {} s (attempt {}, as often as it takes)",
                    job.id(),
                    seconds(delay, 1),
                    job.attempt() + 1);
        } else if (LOG.isInfoEnabled()) {
            LOG.info(
                    "[Worker] 🔄 Job {} will be retried in {} s (attempt {} of {})",
                    job.id(),
                    seconds(delay, 1),
                    job.attempt() + 1,
                    maxAttempts);
        }
    }

    public static void notReady(Job job, Duration delay, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info("[Worker] Job {} is not ready, back in {} s: {}", job.id(), seconds(delay, 1), reason);
        }
    }

    public static void givenBack(Job job) {
        LOG.info("[Worker] Job {} given back unfinished", job.id());
    }

    public static void cancelled(Job job) {
        LOG.info("[Worker] Job {} cancelled", job.id());
    }

    public static void threwAfterwards(Job job, Throwable thrown) {
        LOG.warn(
                "[Worker] Job {} had completed in a transaction of its own when its processor threw {}: it stays completed",
                job.id(),
                thrown.getClass().getName());
    }

    public static void refused(Job job) {
        LOG.warn(
                "[Worker] Job {}: the late result of attempt {} (claim {}) was refused, the job has moved on",
                job.id(),
                job.attempt(),
                job.claim());
    }

    public static void leaseLost(Job job) {
        LOG.warn(
                "[Worker] Job {}: the lease on it was lost, attempt {} (claim {}) is abandoned to another worker",
                job.id(),
                job.attempt(),
                job.claim());
    }

    /**
     * Logs that code of the application threw where this changes nothing. If methods of the throwable throw, it is
     * described as well as possible.
     */
    public static void hostThrew(Throwable broken, String what, Object... values) {
        log(Level.WARN, broken, what, values);
    }

    /** Logs only the class of the exception, because its text may quote a secret. */
    static void redactionFailed(Throwable broken) {
        LOG.warn(
                "[Worker] The redaction of an error text threw {}; the text is not shown",
                broken.getClass().getName());
    }

    /**
     * Logs an exception that should not happen, after which the worker goes on. Never throws, even if logging fails.
     */
    public static void unexpected(Throwable bug, String what, Object... values) {
        log(Level.ERROR, bug, what, values);
    }

    private static void log(Level level, Throwable thrown, String what, Object... values) {
        try {
            LOG.atLevel(level).setCause(thrown).log(what, values);
        } catch (Throwable unloggable) {
            try {
                LOG.atLevel(level).log(what + "\n" + StackTraceText.of(thrown).replace("{}", "{ }"), values);
            } catch (Throwable hopeless) {
                // Logging is broken, or there is no memory for it. This must not become a second failure of the job.
            }
        }
    }

    static String seconds(Duration duration, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", duration.toNanos() / 1e9);
    }
}
