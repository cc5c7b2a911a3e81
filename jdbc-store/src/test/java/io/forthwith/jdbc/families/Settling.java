package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobError;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settlement;
import io.forthwith.store.Spawn;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A settlement, by the names of jobs and workers. */
record Settling(
        String job,
        long claim,
        String worker,
        How how,
        @Nullable String result,
        List<Role> spawn,
        ChildFailurePolicy onChildFailure,
        boolean cancelsSiblings) {
    /** What it says. */
    enum How {
        COMPLETE,
        FAIL,
        RETRY,
        POSTPONE,
        GIVE_BACK,
        AWAIT_CHILDREN
    }

    static Settling complete(Node job, String result) {
        return new Settling(
                job.name,
                job.claim,
                job.worker,
                How.COMPLETE,
                result,
                List.of(),
                ChildFailurePolicy.FAIL_AT_ONCE,
                false);
    }

    Settlement with(Function<String, UUID> ids) {
        Claim fence = new Claim(ids.apply(job), claim, ids.apply(worker));
        return switch (how) {
            case COMPLETE -> Settlement.complete(fence, result);
            case FAIL -> {
                Why why = Why.user(job);
                yield Settlement.fail(fence, JobError.user(why.code(), why.message()), Locale.ENGLISH);
            }
            case RETRY -> {
                Why why = Why.system(job);
                yield Settlement.retry(fence, JobError.permanent(why.code(), why.message()), Duration.ZERO);
            }
            case POSTPONE -> Settlement.postpone(fence, Duration.ZERO, "not ready");
            case GIVE_BACK -> Settlement.giveBack(fence);
            case AWAIT_CHILDREN -> {
                List<EncodedJob> jobs =
                        spawn.stream().map(role -> role.encode(ids)).toList();
                yield Settlement.awaitChildren(fence, result, new Spawn(jobs, onChildFailure, cancelsSiblings));
            }
        };
    }

    @Override
    public String toString() {
        String text = job + "#" + claim + " " + Role.low(how) + (result == null ? "" : " " + result);
        if (!spawn.isEmpty()) {
            text += " " + Role.low(onChildFailure) + (cancelsSiblings ? " cancels " : " ") + spawn;
        }
        return text;
    }
}
