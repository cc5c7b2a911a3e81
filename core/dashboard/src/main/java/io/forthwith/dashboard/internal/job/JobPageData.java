package io.forthwith.dashboard.internal.job;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.RegisteredWorker;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What every part of the page about a job needs.
 *
 * @param view who looks
 * @param job what they look at
 * @param workers those that are registered, for their names
 * @param failures its failed attempts, the first one first
 */
public record JobPageData(
        View view, Job job, Answer<List<RegisteredWorker>> workers, Answer<List<FailedAttempt>> failures) {
    /** The name of a worker, or its id. */
    Node worker(@Nullable UUID id) {
        return JobPageBasics.worker(view, id, workers);
    }

    /** When its newest failed attempt failed; null if none has. */
    @Nullable
    Instant lastFailedAt() {
        List<FailedAttempt> all = failures.or(List.of());
        return all.isEmpty() ? null : all.get(all.size() - 1).failedAt();
    }

    /** Whether its latest attempt is one of those that failed. */
    boolean hasFailedLast() {
        return job.attempt() > 0 && failures.or(List.of()).stream().anyMatch(failure -> failure.claim() == job.claim());
    }
}
