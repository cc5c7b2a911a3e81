package io.forthwith.worker;

import io.forthwith.store.Settlement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A job on its way to being settled.
 *
 * @param settlement what to write
 * @param run the job; null if the worker did not know that it held it
 * @param took how long the attempt took
 * @param recorded whether the job processor has logged it already
 */
record Ended(Settlement settlement, @Nullable RunningJob run, Duration took, boolean recorded) {
    Ended with(Settlement substitute) {
        return new Ended(substitute, run, took, recorded);
    }
}
