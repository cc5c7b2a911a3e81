package io.forthwith.insight;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one look for jobs has found. A look is short: it ends when the page is full, or when it has looked at {@link #MOST_LOOKED_AT} jobs. So a page may
 * have few jobs or none while there are more. Immutable.
 *
 * @param jobs what was found, highest id first; without inputs and results, which {@code find} reads
 * @param next the query that goes on; null if everything has been searched
 * @param searchedBackTo when the last job that was looked at was enqueued; null if everything has been searched, or if the id of that job does
 *     not grow with time
 */
public record JobPage(
        List<Job> jobs, @Nullable JobQuery next, @Nullable Instant searchedBackTo) {
    /** How many jobs a client looks at in one call; of a label, half as many. */
    public static final int MOST_LOOKED_AT = 20_000;

    /** Copies the list. */
    public JobPage {
        jobs = List.copyOf(jobs);
    }
}
