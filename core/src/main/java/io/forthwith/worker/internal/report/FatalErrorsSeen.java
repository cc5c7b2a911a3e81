package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.internal.CauseChain;
import io.forthwith.internal.SafeText;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Errors of the JVM itself with which jobs have ended. They are kept as long as the worker lives: code that ran out of
 * memory may have left data half changed, and only a new process repairs that. Thread-safe.
 */
public final class FatalErrorsSeen {
    private final JobListeners listeners;
    private final AtomicInteger deaths = new AtomicInteger();
    private volatile @Nullable Death last;

    public FatalErrorsSeen(JobListeners listeners) {
        this.listeners = listeners;
    }

    /**
     * The fatal error in an exception of a job, in its causes, or in an exception of an undo action; null if there is
     * none.
     */
    public static @Nullable VirtualMachineError in(Throwable thrown) {
        VirtualMachineError found = inCauses(thrown);
        Throwable[] fromUndos = thrown.getSuppressed();
        for (int i = 0; found == null && i < fromUndos.length; i++) {
            found = inCauses(fromUndos[i]);
        }
        return found;
    }

    private static @Nullable VirtualMachineError inCauses(Throwable thrown) {
        List<Throwable> causes = CauseChain.of(thrown);
        // A stack overflow is a fault of one processor, and does no harm after the stack has unwound.
        return causes.get(causes.size() - 1) instanceof VirtualMachineError fatal
                        && !(fatal instanceof StackOverflowError)
                ? fatal
                : null;
    }

    /** If the exception has a fatal error, records it and tells the listeners. */
    public void look(Job job, Throwable thrown) {
        VirtualMachineError fatal = in(thrown);
        if (fatal != null) {
            last = new Death(job, fatal.getClass());
            deaths.incrementAndGet();
            listeners.fatal(job, fatal);
        }
    }

    /** What is wrong, for the operators. */
    public List<String> troubles() {
        Death latest = last;
        if (latest == null) {
            return List.of();
        }
        return List.of("job " + latest.job.id() + " (" + SafeText.line(latest.job.type(), 128) + ") died of "
                + latest.error.getName() + ", the latest of " + deaths
                + " such errors here: restart this process, the JVM may be damaged");
    }

    private record Death(Job job, Class<?> error) {}
}
