package io.forthwith.worker.internal.report;

import io.forthwith.Job;
import io.forthwith.internal.CauseChain;
import io.forthwith.internal.SafeText;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The errors of the JVM itself that jobs died of. Remembered for as long as the worker lives: whatever ran out of memory in
 * the middle of something may have left it half done, and nothing but a new process mends that.
 */
public final class FatalErrors {
    private final EventSender events;
    private final AtomicInteger deaths = new AtomicInteger();
    private volatile @Nullable Death last;

    public FatalErrors(EventSender events) {
        this.events = events;
    }

    /** The fatal error in what a job threw: also inside others, and what an undo threw. */
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
        // A stack that overflows is the fault of one program, and whole again when it has unwound.
        return causes.get(causes.size() - 1) instanceof VirtualMachineError fatal
                        && !(fatal instanceof StackOverflowError)
                ? fatal
                : null;
    }

    /** Remembers a fatal error and tells the host, if that is what was thrown. */
    public void look(Job job, Throwable thrown) {
        VirtualMachineError fatal = in(thrown);
        if (fatal != null) {
            last = new Death(job, fatal.getClass());
            deaths.incrementAndGet();
            events.fatal(job, fatal);
        }
    }

    /** What there is to say to the person on call. */
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
