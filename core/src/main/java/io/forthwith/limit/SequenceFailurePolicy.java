package io.forthwith.limit;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What happens to the jobs behind it when a job of a sequence fails for good. A job that was cancelled holds up nobody. */
public enum SequenceFailurePolicy {
    /** The jobs behind it wait until it was retried and has completed, or until somebody lets them pass ({@code jobs.limits().skip}). */
    BLOCK,
    /** The next job of the sequence runs. */
    SKIP,
    /** All open jobs behind it are cancelled in the same transaction. Jobs that are added later run. */
    CANCEL_REST;

    /** The word stored in the database: the name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads the stored word; {@link #BLOCK} for one that is none. */
    public static SequenceFailurePolicy of(@Nullable String text) {
        return Arrays.stream(values())
                .filter(policy -> policy.text().equals(text))
                .findFirst()
                .orElse(BLOCK);
    }
}
