package io.forthwith.jdbc.internal.limits;

import io.forthwith.limit.LimitKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Notes that other transactions have had locked for a while. A process that stops after it has locked notes, and before it has locked their keys, acts on none of them, and nobody else
 * can: the parked jobs of these keys would wait for it. So another claim leaves notes in their place. Thread-safe.
 */
final class StuckNotes {
    /** Far longer than a claim keeps a note. A look costs a query. */
    private static final long PAUSE_NANOS = Duration.ofMillis(400).toNanos();

    /** A note that was replaced is replaced again after this time: the claim that did it may have been rolled back. */
    private static final long AGAIN_NANOS = Duration.ofSeconds(5).toNanos();

    private final LongSupplier nanos;
    private final Map<UUID, Long> stuckAfter = new HashMap<>();
    private long nextLook;

    StuckNotes(LongSupplier nanos) {
        this.nanos = nanos;
        this.nextLook = nanos.getAsLong();
    }

    /** Whether it is time to look; then the next time is later. */
    synchronized boolean isTimeToLook() {
        long now = nanos.getAsLong();
        if (now - nextLook < 0) {
            return false;
        }
        nextLook = now + PAUSE_NANOS;
        return true;
    }

    /**
     * A claim has seen these notes, which are due, and has not got them.
     *
     * @return the keys of those that earlier claims have not got either
     */
    synchronized Set<LimitKey> look(Map<UUID, LimitKey> passed) {
        long now = nanos.getAsLong();
        stuckAfter.keySet().retainAll(passed.keySet());
        Set<LimitKey> stuck = new TreeSet<>();
        passed.forEach((note, key) -> {
            Long after = stuckAfter.putIfAbsent(note, now + PAUSE_NANOS);
            if (after != null && now - after >= 0) {
                stuckAfter.put(note, now + AGAIN_NANOS);
                stuck.add(key);
            }
        });
        return stuck;
    }
}
