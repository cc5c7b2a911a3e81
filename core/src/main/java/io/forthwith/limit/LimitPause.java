package io.forthwith.limit;

import io.forthwith.internal.SafeText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why no job of a key starts. Immutable.
 *
 * @param pausedAt since when
 * @param by who has paused it, one line of at most 200 characters; null if nobody is named
 * @param reason why, at most 1,000 characters; null if no reason is given
 */
public record LimitPause(
        Instant pausedAt, @Nullable String by, @Nullable String reason) {
    /** Makes the texts safe to store and to show; what is too long is cut. */
    public LimitPause {
        Objects.requireNonNull(pausedAt, "pausedAt");
        by = by == null ? null : SafeText.line(by, 200);
        reason = reason == null ? null : SafeText.block(reason, 1_000);
    }
}
