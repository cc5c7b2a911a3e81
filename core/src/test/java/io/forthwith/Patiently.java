package io.forthwith;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Waits for what comes at once on a machine that has nothing else to do. Only a test that hangs waits to the end. */
public final class Patiently {
    public static final Duration SOON = Duration.ofMinutes(1);

    private Patiently() {}

    public static ConditionFactory await() {
        return Awaitility.await().atMost(SOON);
    }
}
