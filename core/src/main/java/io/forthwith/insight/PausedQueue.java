package io.forthwith.insight;

import io.forthwith.internal.SafeText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A queue that is paused: no worker gets jobs of it. Immutable.
 *
 * @param queue the name of the queue
 * @param pausedAt when it was paused
 * @param by who has paused it, one line of at most 200 characters; null if nobody is named
 * @param reason why, at most 1,000 characters; null if no reason is given
 */
public record PausedQueue(
        String queue,
        Instant pausedAt,
        @Nullable String by,
        @Nullable String reason) {
    /** Makes the texts safe to store and to show; what is too long is cut. */
    public PausedQueue {
        // Plain SQL may have paused a queue under a name that is none.
        queue = SafeText.line(Objects.requireNonNull(queue, "queue"), 200);
        Objects.requireNonNull(pausedAt, "pausedAt");
        by = by == null ? null : SafeText.line(by, 200);
        reason = reason == null ? null : SafeText.block(reason, 1_000);
    }
}
