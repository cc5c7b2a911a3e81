package io.forthwith.jdbc;

import io.forthwith.store.JobStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to be told when this process has added jobs. Thread-safe. */
final class Hints {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcJobStore.class);

    private final List<Runnable> hints = new CopyOnWriteArrayList<>();

    JobStore.Subscription add(Runnable hint) {
        hints.add(hint);
        return () -> hints.remove(hint);
    }

    /** The jobs are committed: nothing that a listener throws may make it look otherwise. */
    void give() {
        for (Runnable hint : hints) {
            try {
                hint.run();
            } catch (RuntimeException thrown) {
                LOG.warn("A listener for added jobs threw; the jobs are added all the same", thrown);
            }
        }
    }
}
