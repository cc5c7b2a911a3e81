package io.forthwith.store.limit;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a store keeps of a key of a limit. Permits are not in it, they are counted. Immutable.
 *
 * @param key the key
 * @param override what holds for this key instead of the declared limit; null for nothing else
 * @param pause null if it is not paused
 * @param usedUntil until when the starts so far use up the rate, if they followed evenly; null if no rate has been used
 * @param restsUntil until when none of its jobs starts; null if it has never rested. It may be over
 */
public record LimitKeyRow(
        LimitKey key,
        @Nullable Limit override,
        @Nullable Pause pause,
        @Nullable Instant usedUntil,
        @Nullable Instant restsUntil) {
    private static final Limit ONE_AT_A_TIME = new Limit(LibraryOnly.KEY, LimitKey.SEQUENCE, 1, null, null, 0);

    private static final Limit FAIR = Limit.weight(1);

    /** Checks that the override is one of this key. */
    public LimitKeyRow {
        Objects.requireNonNull(key, "key");
        if (override != null && key.isSequence()) {
            throw new IllegalArgumentException("The jobs of the sequence " + key.key()
                    + " run one at a time: there is no other limit for it; it can be paused");
        }
        if (override != null && !override.name().equals(key.limitName())) {
            throw new IllegalArgumentException("What is to hold for the key " + key + " is a limit named "
                    + override.name() + ": give one named " + key.limitName());
        }
    }

    /** Returns a key that nobody has used. */
    public static LimitKeyRow unused(LimitKey key) {
        return new LimitKeyRow(key, null, null, null, null);
    }

    /** Returns a copy under another limit; null for the declared one. */
    public LimitKeyRow with(@Nullable Limit other) {
        return new LimitKeyRow(key, other, pause, usedUntil, restsUntil);
    }

    /** Returns a copy that is paused; null for one that is not. */
    public LimitKeyRow with(@Nullable Pause other) {
        return new LimitKeyRow(key, override, other, usedUntil, restsUntil);
    }

    /** Returns a copy after a start. */
    public LimitKeyRow usedUntil(Instant time) {
        return new LimitKeyRow(key, override, pause, time, restsUntil);
    }

    /** Returns a copy that rests until this time or, if that is later, as long as before. */
    public LimitKeyRow restingUntil(Instant time) {
        return restsUntil != null && !restsUntil.isBefore(time)
                ? this
                : new LimitKeyRow(key, override, pause, usedUntil, time);
    }

    /** Returns a copy without pause and rest. */
    public LimitKeyRow resumed() {
        return new LimitKeyRow(key, override, null, usedUntil, null);
    }

    /** Returns until when it rests; null if that is over. */
    public @Nullable Instant restsAfter(Instant now) {
        return restsUntil != null && restsUntil.isAfter(now) ? restsUntil : null;
    }

    /**
     * Whether nothing is left of its use at this time, and nobody has changed it: it stands as if it was unused. A start that costs more than the burst waits
     * even after {@code usedUntil}, but no longer than a period.
     *
     * @param declared the limit that is declared for the key; null for none
     */
    public boolean isLikeUnused(Instant now, @Nullable Limit declared) {
        Duration period = declared == null ? null : declared.period();
        boolean isUsed = usedUntil != null && (period == null ? usedUntil : usedUntil.plus(period)).isAfter(now);
        return override == null && pause == null && !isUsed && restsAfter(now) == null;
    }

    /** What holds for this key; null if nothing is declared, whatever is set for the key. Sequences and keys that jobs are fair by need no declaration. */
    public @Nullable Limit effective(@Nullable Limit declared) {
        if (key.isSequence()) {
            return ONE_AT_A_TIME;
        }
        if (key.isFair()) {
            return override == null ? FAIR : override;
        }
        return declared == null || override == null ? declared : override;
    }
}
