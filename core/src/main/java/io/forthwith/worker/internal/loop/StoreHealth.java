package io.forthwith.worker.internal.loop;

import io.forthwith.internal.StackTraceText;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Whether the store answers the loops of a worker. It logs one line when the store stops answering, and one when it
 * answers again. Thread-safe.
 */
public final class StoreHealth {
    private static final Logger LOG = WorkerLogger.logger();

    private final Ticker ticker;
    private final Map<String, String> failing = new LinkedHashMap<>();
    private long since;

    public StoreHealth(Ticker ticker) {
        this.ticker = ticker;
    }

    synchronized void failed(String activity, Throwable why) {
        String reason = StackTraceText.line(why);
        if (failing.isEmpty()) {
            since = ticker.nanos();
            LOG.warn("[Worker] The store does not do its part ({}): {}. Trying again until it does", activity, reason);
        }
        failing.put(activity, reason);
    }

    synchronized void succeeded(String activity) {
        if (failing.remove(activity) != null && failing.isEmpty()) {
            LOG.info(
                    "[Worker] The store answers again after {} ms",
                    TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - since));
        }
    }

    /** The calls that fail at present, and why. */
    public synchronized List<String> troubles() {
        return failing.entrySet().stream()
                .map(each -> "the store fails while " + each.getKey() + ": " + each.getValue())
                .toList();
    }
}
