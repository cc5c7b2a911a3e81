package io.forthwith.jdbc.internal.limits;

import io.forthwith.limit.LimitKey;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Keys that another transaction has had locked at every look for a while: its process may be stopped. Their jobs and notes must not stay first in line, so claims put
 * them aside until a time. Thread-safe.
 */
final class SilentKeys {
    /** Far longer than a claim keeps a key. */
    private static final Duration SILENT = Duration.ofMillis(100);

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    /** After so long without a look, it begins anew. */
    private static final Duration FORGOTTEN = LONGEST_WAIT.multipliedBy(6);

    /** With more, it throws away what it has forgotten. */
    private static final int MOST = 1_000;

    private final LongSupplier nanos;
    private final Map<LimitKey, Missed> missed = new ConcurrentHashMap<>();
    private volatile long lastSilent;
    private volatile boolean hasSilent;

    SilentKeys(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Since when, and when last, a key was found locked. */
    private record Missed(long since, long last) {}

    /** A look has found these locked. */
    void missed(Collection<LimitKey> keys) {
        long now = nanos.getAsLong();
        if (missed.size() > MOST) {
            // Others may have got them, and used them up.
            missed.values().removeIf(of -> now - of.last > FORGOTTEN.toNanos());
        }
        for (LimitKey key : keys) {
            Missed before = missed.merge(
                    key,
                    new Missed(now, now),
                    (old, look) -> now - old.last > FORGOTTEN.toNanos() ? look : new Missed(old.since, now));
            if (now - before.since >= SILENT.toNanos()) {
                lastSilent = now;
                hasSilent = true;
            }
        }
    }

    /** A look has got these. */
    void got(Collection<LimitKey> keys) {
        if (!missed.isEmpty()) {
            missed.keySet().removeAll(keys);
            if (missed.isEmpty()) {
                hasSilent = false;
            }
        }
    }

    /** Whether the key has been locked for long. */
    boolean isSilent(LimitKey key) {
        Missed of = missed.get(key);
        return of != null && of.last - of.since >= SILENT.toNanos();
    }

    /**
     * Whether jobs of the key are to be put aside: it is silent, or locked while another one is. A claim that goes silent may hold a hundred keys, and to find that out
     * one by one takes long.
     */
    boolean putsAside(LimitKey key) {
        return isSilent(key)
                || (hasSilent && missed.containsKey(key) && nanos.getAsLong() - lastSilent < FORGOTTEN.toNanos());
    }

    /** When to look at the key again: after a tenth of a second, and later each time, up to a second. */
    Duration untilLook(LimitKey key) {
        Missed of = missed.get(key);
        Duration half = of == null
                ? Duration.ZERO
                : Duration.ofNanos(of.last - of.since).dividedBy(2);
        return half.compareTo(SHORTEST_WAIT) < 0
                ? SHORTEST_WAIT
                : half.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : half;
    }
}
