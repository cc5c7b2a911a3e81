package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobError;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A settlement, in names. Immutable.
 *
 * @param spawn the children that it brings
 * @param onChildFailure the policy of the job that spawns; it has no effect without children
 */
record PlannedSettlement(
        String job,
        long claim,
        String worker,
        How how,
        @Nullable String result,
        List<PlannedJob> spawn,
        ChildFailurePolicy onChildFailure,
        boolean cancelsOtherChildren) {
    static final String NOT_READY = "not ready";
    private static final String RESULT = "7";

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
        AWAIT_CHILDREN;

        /** In ticks. */
        int delay() {
            return this == RETRY_LATER || this == POSTPONE_LATER ? ScenarioJobs.LATER : 0;
        }

        boolean isCompletion() {
            return this == COMPLETE || this == COMPLETE_AND_DELETE;
        }
    }

    static PlannedSettlement of(String job, long claim, String worker, How how) {
        return of(job, claim, worker, how, how.isCompletion() ? RESULT : null);
    }

    static PlannedSettlement of(String job, long claim, String worker, How how, @Nullable String result) {
        return new PlannedSettlement(
                job, claim, worker, how, result, List.of(), ChildFailurePolicy.FAIL_AT_ONCE, false);
    }

    /** Of {@link ScenarioJobs#SINGLE}, which awaits the child that it brings. */
    static PlannedSettlement spawn(String job, long claim, String worker) {
        return of(job, claim, worker, How.AWAIT_CHILDREN, RESULT)
                .spawning(List.of(ScenarioJobs.SPAWNED), ScenarioJobs.SPAWNERS_POLICY, false);
    }

    PlannedSettlement spawning(List<PlannedJob> children, ChildFailurePolicy policy, boolean cancels) {
        return new PlannedSettlement(job, claim, worker, how, result, children, policy, cancels);
    }

    /** What a job fails with. */
    JobError failure() {
        return JobError.user("no_credits", "Of " + job);
    }

    /** What an attempt fails with that is repeated. */
    JobError trouble() {
        return JobError.retryable("timeout", "Of " + job);
    }

    Settlement with(StoreFixture fixture, ScenarioJobs cast) {
        Claim fence = cast.claim(job, claim, worker);
        Duration delay = ScenarioJobs.lasting(how.delay());
        return switch (how) {
            case COMPLETE -> Settlement.complete(fence, result);
            case COMPLETE_AND_DELETE -> Settlement.completeAndDelete(fence, result);
            case FAIL -> Settlement.fail(fence, failure(), Locale.ENGLISH);
            case RETRY_NOW, RETRY_LATER -> Settlement.retry(fence, trouble(), delay);
            case POSTPONE_NOW, POSTPONE_LATER -> Settlement.postpone(fence, delay, NOT_READY);
            case GIVE_BACK -> Settlement.giveBack(fence);
            case AWAIT_CHILDREN -> {
                List<EncodedJob> children = spawn.stream()
                        .map(child -> cast.encode(fixture, child, 0))
                        .toList();
                yield Settlement.awaitChildren(
                        fence,
                        result,
                        spawn.isEmpty()
                                ? SpawnedJobs.NONE
                                : new SpawnedJobs(children, onChildFailure, cancelsOtherChildren));
            }
        };
    }

    @Override
    public String toString() {
        String text = how + " " + job + "#" + claim + " as " + worker + (result == null ? "" : ", result " + result);
        if (!spawn.isEmpty()) {
            text += ", " + PlannedJob.low(onChildFailure) + (cancelsOtherChildren ? " cancels siblings " : " ") + spawn;
        }
        return text;
    }
}
