package io.forthwith.worker.internal.attempt;

import org.jspecify.annotations.Nullable;

/**
 * What a batch says about one of its jobs. Immutable.
 *
 * @param failure why the attempt failed; null if it succeeded
 */
public record BatchJobAnswer(
        @Nullable Object result, @Nullable Throwable failure) {}
