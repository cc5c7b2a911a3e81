package io.forthwith.testing;

import io.forthwith.Job;
import io.forthwith.NotReadyException;
import io.forthwith.internal.AttemptUndos;
import io.forthwith.internal.job.AttemptParts;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.internal.job.TransactionalCompletion;
import io.forthwith.json.internal.JobJson;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of the fake that are the library's own, which a test does not see. */
final class FakeAttempt extends FakeJobContext implements AttemptParts {
    FakeAttempt(@Nullable Object input, Supplier<JobJson> json, Job job, List<Job> siblings, List<Job> predecessors) {
        super(input, json, job, siblings, predecessors);
    }

    @Override
    public AttemptUndos undoActions() {
        return undos;
    }

    @Override
    public JobsToSpawn jobsToSpawn() {
        return toSpawn;
    }

    @Override
    public TransactionalCompletion completion() {
        return new TransactionalCompletion() {
            @Override
            public @Nullable String begin(@Nullable Object result) {
                return beginCompletion(result);
            }

            @Override
            public void committed() {
                completed();
            }

            @Override
            public void rolledBack() {}

            @Override
            public NotReadyException doneAgain(Throwable commitFailed) {
                NotReadyException later = new NotReadyException(Duration.ofSeconds(1), "The commit failed");
                later.initCause(commitFailed);
                return later;
            }
        };
    }
}
