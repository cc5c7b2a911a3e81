package io.forthwith.worker.internal.attempt;

import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.internal.CauseChain;
import io.forthwith.store.SpawnedJobs;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt ended. Only {@link SettlementDecision} decides what follows from it. */
public sealed interface AttemptOutcome {
    /** The processor returned a result that can be stored as JSON, and has spawned these jobs. */
    record Succeeded(@Nullable String result, SpawnedJobs spawn) implements AttemptOutcome {}

    /** The processor returned, but its result cannot be stored. */
    record Unstorable(Throwable why) implements AttemptOutcome {}

    /** The processor threw. */
    record Threw(Throwable thrown) implements AttemptOutcome {
        /** The exception that postpones the job, also if others wrap it; null if there is none. */
        @Nullable
        NotReadyException notReady() {
            return said() instanceof NotReadyException later ? later : null;
        }

        /** How long keys of the job's limits rest, and the job is postponed; null if the exception says nothing of the kind. */
        public @Nullable Duration rest() {
            return said() instanceof JobException said ? said.rest() : null;
        }

        /**
         * The {@link JobException} or {@link NotReadyException} that was thrown, also if others wrap it; null if there
         * is none.
         */
        @Nullable
        public Throwable said() {
            for (Throwable each : CauseChain.of(thrown)) {
                if (each instanceof JobException || each instanceof NotReadyException) {
                    return each;
                }
            }
            return null;
        }
    }

    /** The call of the processor has recorded that the job failed. Nothing is left to settle. */
    enum FailureRecorded implements AttemptOutcome {
        INSTANCE
    }

    /** The attempt exceeded its time limit. Its thread may still be running. */
    record TimedOut(Duration limit) implements AttemptOutcome {}

    /** The job was claimed after its deadline, and the worker does not begin the attempt. */
    enum Expired implements AttemptOutcome {
        INSTANCE
    }

    /** The limits of the job cannot be read, and the worker does not begin the attempt. */
    enum UnreadableLimits implements AttemptOutcome {
        INSTANCE
    }

    /** The worker did not begin the attempt, or broke it off. The attempt does not count. */
    enum Unfinished implements AttemptOutcome {
        INSTANCE
    }
}
