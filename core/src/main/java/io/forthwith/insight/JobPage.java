package io.forthwith.insight;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one look for jobs has found. A look is short: it ends when the page is full, or when it has looked at {@link #MOST_LOOKED_AT} jobs. So a page may
 * have few jobs or none while there are more. Immutable.
 */
public final class JobPage {
    /** How many jobs a client looks at in one call; of a label, half as many. */
    public static final int MOST_LOOKED_AT = 20_000;

    private final List<Job> jobs;
    private final @Nullable JobQuery next;
    private final @Nullable Instant searchedBackTo;

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public JobPage(LibraryOnly by, List<Job> jobs, @Nullable JobQuery next, @Nullable Instant searchedBackTo) {
        Objects.requireNonNull(by, "by");
        this.jobs = List.copyOf(jobs);
        this.next = next;
        this.searchedBackTo = searchedBackTo;
    }

    /** What was found, highest id first; without inputs and results, which {@code find} reads. */
    public List<Job> jobs() {
        return jobs;
    }

    /** The query that goes on; null if everything has been searched. */
    public @Nullable JobQuery next() {
        return next;
    }

    /** When the last job that was looked at was enqueued; null if everything has been searched, or if the id of that job does not grow with time. */
    public @Nullable Instant searchedBackTo() {
        return searchedBackTo;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JobPage that
                && Objects.equals(jobs, that.jobs)
                && Objects.equals(next, that.next)
                && Objects.equals(searchedBackTo, that.searchedBackTo);
    }

    @Override
    public int hashCode() {
        return Objects.hash(jobs, next, searchedBackTo);
    }

    @Override
    public String toString() {
        return "JobPage[jobs=" + jobs + ", next=" + next + ", searchedBackTo=" + searchedBackTo + "]";
    }
}
