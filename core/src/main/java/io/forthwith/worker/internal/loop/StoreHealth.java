package io.forthwith.worker.internal.loop;

import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether the store answers the loops of a worker. It logs one line when the store stops answering, and one when it
 * answers again. Thread-safe.
 *
 * <p>When the store answers one loop, the failures of the others may be over too. So they try at once, and what failed
 * before that answer is not shown for long. A loop that fails although the store answers others is shown until its own
 * call succeeds, and is not made to try again by each of their successes.
 */
public final class StoreHealth {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    /** How long a failure is shown after the store has answered another loop. */
    private static final long SHOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Ticker ticker;
    private final Map<StoreBackOff, Failure> failing = new LinkedHashMap<>();
    private final WakeSignal claiming;
    private volatile boolean troubled;
    private volatile int comebacks;
    private long since;

    /**
     * @param claiming wakes the loop that looks at what the worker holds, when the store answers again
     */
    public StoreHealth(Ticker ticker, WakeSignal claiming) {
        this.ticker = ticker;
        this.claiming = claiming;
    }

    /** Whether a call of a loop has failed, and none has succeeded since. */
    boolean isTroubled() {
        return troubled;
    }

    /** How often the store has answered after a failure. Another server may answer then, and know less. */
    int comebacks() {
        return comebacks;
    }

    /** Whether calls of other loops fail, and the store has answered none of them since. */
    synchronized boolean failsOthers(StoreBackOff loop) {
        return failing.entrySet().stream()
                .anyMatch(each -> !each.getKey().equals(loop) && each.getValue().answeredNanos == null);
    }

    /**
     * A call has failed.
     *
     * @param isOld whether it may have begun before the store answered another loop: then this says nothing new
     */
    void failed(StoreBackOff loop, Throwable why, boolean isOld) {
        String reason = StackTraceText.line(why);
        long now = ticker.nanos();
        boolean isFirst;
        synchronized (this) {
            isFirst = failing.isEmpty();
            since = isFirst ? now : since;
            Failure before = failing.get(loop);
            boolean alone = before != null && before.answeredNanos != null;
            failing.put(
                    loop,
                    isOld && before != null
                            ? new Failure(reason, before.alone, before.answeredNanos)
                            : new Failure(reason, alone, null));
            troubled = true;
        }
        if (isFirst) {
            LOG.warn(
                    "[Worker] The store does not do its part ({}): {}. Trying again until it does",
                    loop.activity(),
                    reason);
        }
    }

    void succeeded(StoreBackOff loop) {
        forget(loop);
        answered();
    }

    /** The store has answered a loop. */
    void answered() {
        long now = ticker.nanos();
        List<StoreBackOff> toProbe = new ArrayList<>();
        synchronized (this) {
            failing.values().forEach(this::comeBack);
            failing.replaceAll((loop, failure) -> {
                if (failure.answeredNanos != null) {
                    return failure;
                }
                if (!failure.alone) {
                    toProbe.add(loop);
                }
                return new Failure(failure.reason, failure.alone, now);
            });
        }
        toProbe.forEach(StoreBackOff::probe);
    }

    /** Forgets the failure of a loop that has nothing to try; false if the store has answered no other loop since. */
    boolean isForgotten(StoreBackOff loop) {
        synchronized (this) {
            Failure failure = failing.get(loop);
            if (failure != null && failure.answeredNanos == null) {
                return false;
            }
        }
        forget(loop);
        return true;
    }

    private void forget(StoreBackOff loop) {
        long now = ticker.nanos();
        long began;
        synchronized (this) {
            Failure failure = failing.remove(loop);
            if (failure != null) {
                comeBack(failure);
            }
            if (failure == null || !failing.isEmpty()) {
                return;
            }
            troubled = false;
            began = since;
        }
        LOG.info("[Worker] The store answers again after {} ms", TimeUnit.NANOSECONDS.toMillis(now - began));
    }

    private synchronized void comeBack(Failure failure) {
        if (failure.answeredNanos == null) {
            comebacks++;
            claiming.wake();
        }
    }

    /** The calls that fail at present, and why. */
    public List<String> troubles() {
        long now = ticker.nanos();
        List<String> troubles = new ArrayList<>();
        synchronized (this) {
            failing.forEach((loop, failure) -> {
                if (failure.isShown(now)) {
                    troubles.add("the store fails while " + loop.activity() + ": " + failure.reason);
                }
            });
        }
        return troubles;
    }

    /**
     * The latest failure of a loop.
     *
     * @param alone whether the store has answered another loop between this failure and the one before
     * @param answeredNanos when the store first answered another loop after this failure; null if it has not
     */
    private record Failure(
            String reason, boolean alone, @Nullable Long answeredNanos) {
        boolean isShown(long nowNanos) {
            return alone || answeredNanos == null || nowNanos - answeredNanos < SHOWN_NANOS;
        }
    }
}
