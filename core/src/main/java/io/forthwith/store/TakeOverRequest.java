package io.forthwith.store;

import io.forthwith.JobError;
import io.forthwith.text.Delays;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * How the jobs of dead workers are to be taken over. Immutable.
 *
 * @param lostWorkersCap a job that has now lost this many workers fails instead of going back to pending
 * @param maxDelay jobs that go back become due after a random delay up to this, so that they do not return all at once
 * @param capError the error of jobs that reach the cap
 * @param locale the language of the message the parents of those get
 */
public record TakeOverRequest(int lostWorkersCap, Duration maxDelay, JobError capError, Locale locale) {
    /** Checks every value. */
    public TakeOverRequest {
        if (lostWorkersCap < 1) {
            throw new IllegalArgumentException("Lost workers cap " + lostWorkersCap + " is out of range: 1 or more");
        }
        Delays.require(maxDelay);
        Objects.requireNonNull(capError, "capError");
        Objects.requireNonNull(locale, "locale");
    }
}
