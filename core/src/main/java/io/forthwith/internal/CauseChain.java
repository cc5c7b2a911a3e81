package io.forthwith.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks through exceptions that wrap others. */
public final class CauseChain {
    private static final int MAX = 100;

    private CauseChain() {}

    /**
     * {@code thrown}, its cause, the cause of that, and so on; at most 100, so a cycle ends. The chain ends at an
     * {@link Error}, which is serious whatever its cause, and at a throwable whose {@code getCause} throws.
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
