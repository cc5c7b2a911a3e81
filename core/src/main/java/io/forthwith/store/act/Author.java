package io.forthwith.store.act;

import io.forthwith.internal.SafeText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who does something, and why. Immutable.
 *
 * @param who the person, in one line of at most 200 characters
 * @param reason why, at most 1,000 characters; null if no reason is given
 * @param address from where, in one line of at most 200 characters; null if it is not known
 */
public record Author(
        String who, @Nullable String reason, @Nullable String address) {
    /** Makes the texts safe to store and to show; what is too long is cut, as the names of paused queues are. */
    public Author {
        who = SafeText.line(Objects.requireNonNull(who, "who"), 200);
        reason = reason == null || reason.isBlank() ? null : SafeText.block(reason, 1_000);
        address = address == null || address.isBlank() ? null : SafeText.line(address, 200);
    }
}
