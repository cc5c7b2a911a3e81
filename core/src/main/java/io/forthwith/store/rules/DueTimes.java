package io.forthwith.store.rules;

import io.forthwith.internal.FiringTimes;
import io.forthwith.schedule.CatchUp;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a schedule does at some moment. The next time follows from the nominal times, never from the moment, so nothing is
 * lost or repeated however late a worker comes.
 *
 * @param fire the nominal times that fire now, the oldest first
 * @param skipped how many times have passed and never fire
 * @param next the first time that is neither fired nor skipped; null if there is none. It may have passed already: then
 *     the rest is decided in another round
 */
record DueTimes(List<Instant> fire, long skipped, @Nullable Instant next) {
    /** The most times that a round looks at: after a year without workers, a schedule of one second has 31 million. */
    static final int MOST_LOOKED_AT = 100_000;

    /**
     * Decides.
     *
     * @param next the first time that is neither fired nor skipped
     * @param now the time of the store
     */
    static DueTimes at(Instant now, Instant next, FiringTimes times, CatchUp catchUp) {
        Deque<Instant> newest = new ArrayDeque<>();
        long skipped = 0;
        Instant at = next;
        for (int looked = 0; at != null && !at.isAfter(now); looked++) {
            if (looked == MOST_LOOKED_AT) {
                // Each time that is skipped here has as many newer ones as may fire.
                return new DueTimes(List.of(), skipped, newest.getFirst());
            }
            newest.add(at);
            if (newest.size() > catchUp.atMost()) {
                newest.remove();
                skipped++;
            }
            at = times.after(at);
        }
        Instant oldest = catchUp.oldest(now);
        while (oldest != null && !newest.isEmpty() && newest.getFirst().isBefore(oldest)) {
            newest.remove();
            skipped++;
        }
        return new DueTimes(List.copyOf(newest), skipped, at);
    }
}
