package io.forthwith.limit;

import io.forthwith.internal.LibraryOnly;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a change of a key. The change is stored, and holds for all claims that begin from now on. Immutable.
 */
public final class LimitChangeResult {
    private final LimitKey key;
    private final @Nullable Pause before;
    private final @Nullable Pause pause;
    private final boolean hasOpenClaim;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public LimitChangeResult(
            LibraryOnly by, LimitKey key, @Nullable Pause before, @Nullable Pause pause, boolean hasOpenClaim) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(key, "key");
        this.key = key;
        this.before = before;
        this.pause = pause;
        this.hasOpenClaim = hasOpenClaim;
    }

    /** The key. */
    public LimitKey key() {
        return key;
    }

    /** The pause that was in force before; null if there was none. */
    public @Nullable Pause before() {
        return before;
    }

    /** The pause that is in force now; null if there is none. */
    public @Nullable Pause pause() {
        return pause;
    }

    /** Whether a claim that began before the change, and may have started jobs of the key, was still open after half a second, for example that of a process that hangs. Only jobs of such a claim may start later. */
    public boolean hasOpenClaim() {
        return hasOpenClaim;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LimitChangeResult that
                && Objects.equals(key, that.key)
                && Objects.equals(before, that.before)
                && Objects.equals(pause, that.pause)
                && hasOpenClaim == that.hasOpenClaim;
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, before, pause, hasOpenClaim);
    }

    @Override
    public String toString() {
        return "LimitChangeResult[key=" + key + ", before=" + before + ", pause=" + pause + ", hasOpenClaim="
                + hasOpenClaim + "]";
    }

    /** Whether the key was paused before. */
    public boolean wasPaused() {
        return before != null;
    }
}
