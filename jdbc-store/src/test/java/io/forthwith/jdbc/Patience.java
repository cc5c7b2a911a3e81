package io.forthwith.jdbc;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long tests wait for what must come. It comes much sooner, and only a test that fails waits so long: on a busy machine, a
 * shorter wait would fail tests that find nothing wrong. JUnit sets it as the default of Awaitility for all tests of this module.
 */
public final class Patience implements BeforeAllCallback {
    public static final int SECONDS = 60;
    public static final Duration LONG = Duration.ofSeconds(SECONDS);
    /** For a whole test, in which several things must come. */
    public static final int SECONDS_OF_A_TEST = 5 * SECONDS;
    /** For what must not be waited for: longer than any test. */
    public static final Duration FOREVER = Duration.ofHours(1);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LONG);
    }

    /**
     * The answer of a call that must not wait for what the thread of the test holds, as a lock. If it waits, it fails here, while
     * the test still holds that.
     */
    public static <T> T answerOf(Callable<T> call) throws Exception {
        ExecutorService caller = Executors.newSingleThreadExecutor();
        try {
            return caller.submit(call).get(SECONDS, TimeUnit.SECONDS);
        } finally {
            caller.shutdown();
        }
    }
}
