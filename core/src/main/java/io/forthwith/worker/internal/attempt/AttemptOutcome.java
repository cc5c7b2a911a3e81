package io.forthwith.worker.internal.attempt;

import io.forthwith.JobException;
import io.forthwith.NotReadyException;
import io.forthwith.internal.CauseChain;
import io.forthwith.store.Spawn;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt ended, as a value; {@link SettlementDecision} is the one place that interprets it. */
public sealed interface AttemptOutcome {
    /** The processor returned, its result is JSON that can be stored, and this is what it has spawned. */
    record Succeeded(@Nullable String result, Spawn spawn) implements AttemptOutcome {}

    /** The processor returned, but its result cannot be stored. */
    record Unstorable(Throwable why) implements AttemptOutcome {}

    /** The processor threw. */
    record Threw(Throwable thrown) implements AttemptOutcome {
        /** That the job is not ready, if that is what was thrown, also inside others. */
        @Nullable
        NotReadyException notReady() {
            return said() instanceof NotReadyException later ? later : null;
        }

        /** What was thrown to say how the attempt ended; null if it was not thrown for that. */
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

    /** The attempt took longer than allowed; its thread may still be running. */
    record TimedOut(Duration limit) implements AttemptOutcome {}

    /** The attempt was not begun, or was broken off, through no fault of its own. */
    enum Unfinished implements AttemptOutcome {
        INSTANCE
    }
}
