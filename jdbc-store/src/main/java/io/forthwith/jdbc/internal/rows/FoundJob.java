package io.forthwith.jdbc.internal.rows;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.JobPage;
import io.forthwith.store.ReadModelFactory;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row that a search has found. Immutable.
 *
 * @param job null if it cannot be read
 */
record FoundJob(@Nullable UUID id, @Nullable Job job) {
    private static final int VERSION_THAT_GROWS = 7;

    /**
     * The last job that a search has looked at.
     *
     * @param createdAt null if it is not known
     */
    record End(UUID id, @Nullable Instant createdAt) {}

    /** Whether ids of this kind grow with time. */
    static boolean grows(UUID id) {
        return id.version() == VERSION_THAT_GROWS;
    }

    /**
     * The page of a search.
     *
     * @param end where the search has ended; null if everything was searched
     */
    static JobPage page(JobQuery query, List<FoundJob> found, @Nullable End end) {
        List<Job> jobs =
                found.stream().map(FoundJob::job).filter(Objects::nonNull).toList();
        if (found.size() < query.atMost()) {
            return end == null
                    ? ReadModelFactory.jobPage(jobs, null, null)
                    : ReadModelFactory.jobPage(jobs, query.before(end.id), grows(end.id) ? end.createdAt : null);
        }
        UUID last = found.get(found.size() - 1).id();
        return last == null
                ? ReadModelFactory.jobPage(jobs, null, null)
                : ReadModelFactory.jobPage(
                        jobs,
                        query.before(last),
                        jobs.isEmpty() || !grows(last)
                                ? null
                                : jobs.get(jobs.size() - 1).createdAt());
    }
}
