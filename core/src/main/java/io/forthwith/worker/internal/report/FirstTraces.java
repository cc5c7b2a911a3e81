package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.internal.SafeText;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Decides which failures have their stack trace in the log also without DEBUG: those that no classifier knows, so most likely a bug, and of each job
 * type and class of exceptions the first one in ten minutes. Thread-safe.
 */
public final class FirstTraces {
    static final Duration PAUSE = Duration.ofMinutes(10);
    /** Of more types and classes, it forgets those of which a trace was written longest ago. */
    static final int MOST_KINDS = 1_000;

    /** The code of what no classifier knows. */
    private static final String UNEXPECTED = "unexpected";

    private final LongSupplier nanos;
    /** When the last trace of each kind was written; the one that was written longest ago comes first. */
    private final Map<Kind, Long> written = new LinkedHashMap<>();

    private record Kind(String type, String exceptionClass) {}

    /** With a clock that never goes back. */
    public FirstTraces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether the trace of this failure is to be written now; if so, the next ones like it are not. */
    public synchronized boolean isDue(Job job, JobError error) {
        if (error.kind() != JobError.Kind.SYSTEM
                || error.trace() == null
                || !error.code().equals(UNEXPECTED)) {
            return false;
        }
        Kind kind = new Kind(SafeText.line(job.type(), 128), String.valueOf(error.exceptionClass()));
        long now = nanos.getAsLong();
        Long last = written.get(kind);
        if (last != null && now - last < PAUSE.toNanos()) {
            return false;
        }
        written.remove(kind);
        written.put(kind, now);
        if (written.size() > MOST_KINDS) {
            written.remove(written.keySet().iterator().next());
        }
        return true;
    }
}
