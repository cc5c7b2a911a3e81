package io.forthwith.worker.internal.attempt;

import io.forthwith.Job;
import io.forthwith.NotReadyException;
import io.forthwith.RetryPolicy;
import io.forthwith.internal.MessagesToUser;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.json.internal.JobJson;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Completes a running job in a transaction of its processor. */
final class RunningJobCompletion implements TransactionalCompletion {
    /** A conflict passes at once, and an outage hardly lasts longer for a longer wait. */
    private static final RetryPolicy BACK_OFF = RetryPolicy.exponential().cap(Duration.ofMinutes(1));

    private final RunningJob run;
    private final JobJson json;
    private @Nullable String result;
    private boolean interrupted;

    RunningJobCompletion(RunningJob run, JobJson json) {
        this.run = run;
        this.json = json;
    }

    @Override
    public @Nullable String begin(@Nullable Object value) {
        result = encoded(value);
        run.spawning().closeEmpty();
        if (!run.tryComplete()) {
            throw new CancellationException(
                    "Job " + run.job().id() + " is to end otherwise: what was done for it is rolled back");
        }
        interrupted = run.thread().raiseShield();
        return result;
    }

    private @Nullable String encoded(@Nullable Object value) {
        try {
            return value == null
                    ? null
                    : json.encode(() -> "The result of job type " + run.job().type(), value);
        } catch (IllegalArgumentException refused) {
            throw run.unstorable(refused);
        }
    }

    @Override
    public void committed() {
        run.completed(result);
        end();
    }

    @Override
    public void rolledBack() {
        run.notCompleted();
        run.spawning().reopen();
        end();
    }

    @Override
    public NotReadyException doneAgain(Throwable commitFailed) {
        Job job = run.job();
        NotReadyException later = new NotReadyException(
                BACK_OFF.delayAfter(job.postponements() + 1, ThreadLocalRandom.current()),
                MessagesToUser.in(job.localeOr(Locale.ENGLISH)).commitFailed());
        later.initCause(commitFailed);
        return later;
    }

    private void end() {
        run.thread().lowerShield();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
