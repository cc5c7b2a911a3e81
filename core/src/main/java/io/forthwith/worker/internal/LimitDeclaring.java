package io.forthwith.worker.internal;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Declares the limits of this application, and has keys with waiting jobs looked at again: before the first claim, and about once a minute where what is stored differs. Of two versions of an owner, the newer
 * one among the living workers decides, as for schedules; so when its last worker has gone, the limits of the older one come back. Used by the thread of the claim loop only.
 */
final class LimitDeclaring {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final JobStore store;
    private final @Nullable LimitStore limits;
    private final DeclaredSchedules owner;
    private final List<Limit> declared;
    private long nextNanos;

    /**
     * Of a worker that has not declared its limits yet.
     *
     * @param limits those of the store; null if it has none
     */
    LimitDeclaring(JobStore store, @Nullable LimitStore limits, WorkerSettings config) {
        this.store = store;
        this.limits = limits;
        this.owner = config.schedules();
        this.declared = config.limits();
        this.nextNanos = config.ticker().nanos();
    }

    /** Throws what the store throws, and is to be called again then. */
    void declare(long now) {
        if (limits == null || now - nextNanos < 0) {
            return;
        }
        if (!declared.isEmpty() && !isOlder()) {
            Map<String, Limit> stored =
                    limits.list().stream().collect(Collectors.toMap(Limit::name, Function.identity()));
            for (Limit limit : declared) {
                if (!limit.equals(stored.get(limit.name()))) {
                    limits.put(limit);
                    LOG.info("[Worker] Declared the limit {}", limit);
                }
            }
        }
        limits.lookAgain();
        nextNanos = now + PAUSE_NANOS;
    }

    private boolean isOlder() {
        Long newest = store.schedules()
                .map(schedules -> schedules.newestVersion(owner.owner()))
                .orElse(null);
        return newest != null && newest > owner.version();
    }
}
