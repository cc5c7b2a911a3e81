package io.forthwith.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one rule for looking through exceptions that wrap others. */
public final class CauseChain {
    private static final int MAX = 100;

    private CauseChain() {}

    /**
     * {@code thrown}, its cause, the cause of that, and so on; at most 100, which also ends a cycle. Nothing follows an
     * {@link Error}: what it broke stays broken, whatever caused it. Nothing follows a throwable that cannot name its cause.
     */
    public static List<Throwable> of(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>(4);
        for (Throwable next = thrown; next != null && chain.size() < MAX; next = causeOf(next)) {
            chain.add(next);
        }
        return chain;
    }

    private static @Nullable Throwable causeOf(Throwable thrown) {
        try {
            return thrown instanceof Error ? null : thrown.getCause();
        } catch (Throwable broken) {
            return null;
        }
    }
}
