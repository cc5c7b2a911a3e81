package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.SafeText;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;

/** The log lines of a worker about jobs. The markers are part of the format. The text is English in every locale. */
public final class JobLog {
    private static final GuardedLogger LOG = WorkerLogger.logger();

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

    /** {@code showsTrace}: the stack trace is written also without DEBUG. */
    public static void failed(Job job, Duration took, JobError error, boolean showsTrace) {
        if (LOG.isWarnEnabled()) {
            LOG.warn("[Worker] ❌ Job {} failed after {} s: {}", job.id(), seconds(took, 2), error.message());
        }
        // The stack trace is also in the history of the job. An error that the user can fix needs none.
        String trace = error.kind() == JobError.Kind.SYSTEM ? error.trace() : null;
        if (trace != null && showsTrace && LOG.isWarnEnabled()) {
            LOG.warn(
                    "[Worker] Trace of job {} (type {}; the next ones like it are at DEBUG only, for 10 minutes):\n{}",
                    job.id(),
                    SafeText.line(job.type(), 128),
                    indented(trace));
        } else if (trace != null && LOG.isDebugEnabled()) {
            LOG.debug("[Worker] Trace of job {}:\n{}", job.id(), indented(trace));
        }
    }

    /** So that no line of a text that others have made looks like a line of the log. */
    private static String indented(String lines) {
        return lines.strip().indent(2).stripTrailing();
    }

    /** The message of the failure is for the user of the job; this says what the developer can do. */
    public static void unstorable(Job job, String why) {
        LOG.warn("[Worker] Job {} has a result that cannot be stored: {}", job.id(), why);
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
                "[Worker] Job {}: the lease on it was lost, attempt {} (claim {}) no longer counts",
                job.id(),
                job.attempt(),
                job.claim());
    }

    public static void waitsForLock(UUID jobId, Duration since) {
        LOG.warn(
                "[Worker] Job {} has ended, but another transaction has locked it, or a relative, for {} s: the end"
                        + " is recorded when that transaction is over",
                jobId,
                seconds(since, 0));
    }

    /**
     * Logs that code of the application threw where this changes nothing. If methods of the throwable throw, it is
     * described as well as possible.
     */
    public static void hostThrew(Throwable broken, String what, Object... values) {
        LOG.warn(broken, what, values);
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
        LOG.error(bug, what, values);
    }

    static String seconds(Duration duration, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", duration.toNanos() / 1e9);
    }
}
