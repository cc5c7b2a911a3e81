package io.forthwith.worker.internal;

import io.forthwith.JobStoreException;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.StackTraceText;
import io.forthwith.limit.Limit;
import io.forthwith.store.JobStore;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private static final long SHORT_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_WAITS = 2;

    private final JobStore store;
    private final @Nullable LimitStore limits;
    private final DeclaredSchedules owner;
    private final List<Limit> declared;
    /** The names of the limits that could not be declared. */
    private final Set<String> late = new HashSet<>();

    private final Ticker ticker;
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
        this.ticker = config.ticker();
        this.nextNanos = ticker.nanos();
    }

    /** Throws what the store throws, and is to be called again then. */
    void declare(long now) {
        if (limits == null || now - nextNanos < 0) {
            return;
        }
        boolean areAllDeclared = true;
        if (declared.isEmpty() || isOlder()) {
            late.clear();
        } else {
            areAllDeclared = declareAll(limits);
        }
        limits.lookAgain();
        nextNanos = ticker.nanos() + (areAllDeclared ? PAUSE_NANOS : SHORT_PAUSE_NANOS);
    }

    /** False if some are left for the next look. Those that were late at the last one come last, and no more than a few may keep claims waiting. */
    private boolean declareAll(LimitStore store) {
        Map<String, Limit> stored = store.list().stream().collect(Collectors.toMap(Limit::name, Function.identity()));
        List<Limit> lateLast = declared.stream()
                .sorted(Comparator.comparing(limit -> late.contains(limit.name())))
                .toList();
        boolean areAllDeclared = true;
        int waits = 0;
        for (Limit limit : lateLast) {
            if (limit.equals(stored.get(limit.name()))) {
                late.remove(limit.name());
            } else if (waits == MOST_WAITS) {
                areAllDeclared = false;
            } else if (isPut(store, limit)) {
                late.remove(limit.name());
            } else {
                waits++;
                areAllDeclared = false;
            }
        }
        return areAllDeclared;
    }

    /** False if somebody who declares the same limit has gone silent: claims do not wait, and go on under what is stored. */
    private boolean isPut(LimitStore store, Limit limit) {
        try {
            store.put(limit);
            LOG.info("[Worker] Declared the limit {}", limit);
            return true;
        } catch (JobStoreException busy) {
            if (busy.kind() != JobStoreException.Kind.TRANSIENT) {
                throw busy;
            }
            if (late.add(limit.name())) {
                LOG.warn(
                        "[Worker] Could not declare the limit {}; until it can, what is stored holds: {}",
                        limit,
                        StackTraceText.line(busy));
            }
            return false;
        }
    }

    private boolean isOlder() {
        Long newest = store.schedules()
                .map(schedules -> schedules.newestVersion(owner.owner()))
                .orElse(null);
        return newest != null && newest > owner.version();
    }
}
