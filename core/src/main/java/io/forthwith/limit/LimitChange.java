package io.forthwith.limit;

import io.forthwith.Pause;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a change of a key. The change is stored, and holds for all claims that begin from now on. Immutable.
 *
 * @param key the key
 * @param before the pause that was in force before; null if there was none
 * @param pause the pause that is in force now; null if there is none
 * @param hasOpenClaim whether a claim that began before the change, and may have started jobs of the key, was still open after half a second, for example that of a process that
 *     hangs. Only jobs of such a claim may start later
 */
public record LimitChange(
        LimitKey key, @Nullable Pause before, @Nullable Pause pause, boolean hasOpenClaim) {
    /** Checks that there is a key. */
    public LimitChange {
        Objects.requireNonNull(key, "key");
    }

    /** Whether the key was paused before. */
    public boolean wasPaused() {
        return before != null;
    }
}
