package io.forthwith.store.kit.random;

import io.forthwith.JobError;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.Spawn;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** A settlement in the names of the model. Immutable. */
public record PlannedSettlement(String job, long claim, String worker, How how) {
    static final String RESULT = "7";
    static final String NOT_READY = "not ready";
    static final JobError FAILURE = JobError.user("no_credits", "boom");
    static final JobError TIMEOUT = JobError.retryable("timeout", "Too slow");

    /** One constant for each kind of settlement, or two: due at once, or later. */
    enum How {
        COMPLETE,
        COMPLETE_AND_DELETE,
        FAIL,
        RETRY_NOW,
        RETRY_LATER,
        POSTPONE_NOW,
        POSTPONE_LATER,
        GIVE_BACK,
        AWAIT_CHILDREN,
        /** Awaits the child that it spawns: only for {@link ScenarioJobs#SINGLE}. */
        SPAWN;

        /** In ticks. */
        int delay() {
            return this == RETRY_LATER || this == POSTPONE_LATER ? ScenarioJobs.LATER : 0;
        }
    }

    Settlement with(StoreFixture fixture, ScenarioJobs cast) {
        Claim fence = cast.claim(job, claim, worker);
        Duration delay = ScenarioJobs.lasting(how.delay());
        return switch (how) {
            case COMPLETE -> Settlement.complete(fence, RESULT);
            case COMPLETE_AND_DELETE -> Settlement.completeAndDelete(fence, RESULT);
            case FAIL -> Settlement.fail(fence, FAILURE, Locale.ENGLISH);
            case RETRY_NOW, RETRY_LATER -> Settlement.retry(fence, TIMEOUT, delay);
            case POSTPONE_NOW, POSTPONE_LATER -> Settlement.postpone(fence, delay, NOT_READY);
            case GIVE_BACK -> Settlement.giveBack(fence);
            case AWAIT_CHILDREN -> Settlement.awaitChildren(fence, null, Spawn.NONE);
            case SPAWN -> {
                EncodedJob child = cast.encode(fixture, ScenarioJobs.SPAWNED, 0);
                yield Settlement.awaitChildren(
                        fence, RESULT, new Spawn(List.of(child), ScenarioJobs.SPAWNERS_POLICY, false));
            }
        };
    }

    @Override
    public String toString() {
        return how + " " + job + "#" + claim + " as " + worker;
    }
}
