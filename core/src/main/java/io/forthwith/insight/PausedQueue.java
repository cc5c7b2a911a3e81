package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.SafeText;
import io.forthwith.limit.Pause;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A queue that is paused: no worker gets jobs of it. Immutable. */
public final class PausedQueue {
    private final String queue;
    private final Pause pause;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public PausedQueue(LibraryOnly by, String queue, Pause pause) {
        Objects.requireNonNull(by, "by");
        // Plain SQL may have paused a queue under a name that is none.
        this.queue = SafeText.line(Objects.requireNonNull(queue, "queue"), 200);
        this.pause = Objects.requireNonNull(pause, "pause");
    }

    /** The name of the queue. */
    public String queue() {
        return queue;
    }

    /** Since when, who, why. */
    public Pause pause() {
        return pause;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PausedQueue that && queue.equals(that.queue) && pause.equals(that.pause);
    }

    @Override
    public int hashCode() {
        return Objects.hash(queue, pause);
    }

    @Override
    public String toString() {
        return "PausedQueue[queue=" + queue + ", pause=" + pause + "]";
    }
}
