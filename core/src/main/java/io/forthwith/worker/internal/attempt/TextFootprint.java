package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * How many characters of text a job or a settlement holds. A character takes one or two bytes of memory, so this is a
 * measure of memory that costs next to nothing.
 */
public final class TextFootprint {
    private TextFootprint() {}

    /** The input and the result of a job. */
    public static long of(Job job) {
        return of(job.input()) + of(job.result());
    }

    /** What a settlement writes: a result, the inputs of children, a failure. */
    public static long of(Settlement settlement) {
        if (settlement instanceof Settlement.Complete complete) {
            return of(complete.result());
        }
        if (settlement instanceof Settlement.AwaitChildren waiting) {
            long length = of(waiting.result());
            for (EncodedJob child : waiting.spawn().jobs()) {
                length += child.input().length();
            }
            return length;
        }
        if (settlement instanceof Settlement.Fail fail) {
            return of(fail.error());
        }
        return settlement instanceof Settlement.Retry retry ? of(retry.error()) : 0;
    }

    private static long of(JobError error) {
        return of(error.message()) + of(error.trace());
    }

    private static long of(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
