package io.forthwith.store;

import io.forthwith.internal.DelayRules;
import io.forthwith.store.rules.JobMoves;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * How the jobs of dead workers are to be taken over. Immutable.
 *
 * @param lostWorkersCap a job that has now lost this many workers fails instead of going back to pending
 * @param maxDelay jobs that go back become due after a random delay up to this, so that they do not return all at once
 * @param locale the language of the {@linkplain JobMoves#workerLost error} of jobs that reach the cap, and of the message their
 *     parents get, where those have no {@linkplain io.forthwith.Job#locale locale} of their own
 */
public record TakeOverRequest(int lostWorkersCap, Duration maxDelay, Locale locale) {
    /** Checks every value. */
    public TakeOverRequest {
        if (lostWorkersCap < 1) {
            throw new IllegalArgumentException("Lost workers cap " + lostWorkersCap + " is out of range: 1 or more");
        }
        DelayRules.require(maxDelay);
        Objects.requireNonNull(locale, "locale");
    }
}
