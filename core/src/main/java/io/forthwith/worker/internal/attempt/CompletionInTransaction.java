package io.forthwith.worker.internal.attempt;

import io.forthwith.TransactionalCompletion;
import io.forthwith.json.JobCodec;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Completes a running job in a transaction of its processor. */
final class CompletionInTransaction implements TransactionalCompletion {
    private final RunningJob run;
    private final JobCodec codec;
    private @Nullable String result;
    private boolean interrupted;

    CompletionInTransaction(RunningJob run, JobCodec codec) {
        this.run = run;
        this.codec = codec;
    }

    @Override
    public @Nullable String begin(@Nullable Object value) {
        result = encoded(value);
        run.spawning().closeEmpty();
        if (run.isCancelled() || run.isLeaseLost() || !run.trySettle()) {
            throw new CancellationException(
                    "Job " + run.job().id() + " is to end otherwise: what was done for it is rolled back");
        }
        interrupted = run.raiseShield();
        return result;
    }

    private @Nullable String encoded(@Nullable Object value) {
        try {
            return value == null
                    ? null
                    : codec.encode("The result of job type " + run.job().type(), value);
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
        run.unsettle();
        run.spawning().reopen();
        end();
    }

    private void end() {
        run.lowerShield();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
