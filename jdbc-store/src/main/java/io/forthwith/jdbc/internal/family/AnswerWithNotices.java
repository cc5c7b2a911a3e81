package io.forthwith.jdbc.internal.family;

import io.forthwith.store.Claim;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of a transaction, and what to do once it is committed.
 *
 * @param answer the answer to the caller
 * @param toCancel the claims of running jobs that are to be cancelled
 * @param hasReleased whether jobs that have waited for others can be claimed now
 */
public record AnswerWithNotices<T>(T answer, List<Claim> toCancel, boolean hasReleased) {
    public static <T> AnswerWithNotices<T> withoutNotices(T answer) {
        return new AnswerWithNotices<>(answer, List.of(), false);
    }

    /** The notices of both, with one answer. */
    public <U> AnswerWithNotices<U> and(AnswerWithNotices<?> other, U all) {
        List<Claim> claims = new ArrayList<>(toCancel);
        claims.addAll(other.toCancel);
        return new AnswerWithNotices<>(all, claims, hasReleased || other.hasReleased);
    }

    /** The same notices with another answer: that of a call that runs several transactions. */
    public <U> AnswerWithNotices<U> answering(U all) {
        return new AnswerWithNotices<>(all, toCancel, hasReleased);
    }
}
