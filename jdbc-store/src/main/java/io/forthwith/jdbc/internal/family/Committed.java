package io.forthwith.jdbc.internal.family;

import io.forthwith.store.Claim;
import java.util.List;

/**
 * What a transaction has answered, and what it is to be followed by once it is committed.
 *
 * @param toCancel the claims of running jobs that are to be cancelled because of it
 * @param hasReleased whether jobs may be claimed now that had waited for others
 */
public record Committed<T>(T answer, List<Claim> toCancel, boolean hasReleased) {
    public static <T> Committed<T> withoutNotices(T answer) {
        return new Committed<>(answer, List.of(), false);
    }

    /** The answer to all of something that was done in several transactions, of which this is one. */
    public <U> Committed<U> answering(U all) {
        return new Committed<>(all, toCancel, hasReleased);
    }
}
