package io.forthwith.dashboard.internal.act;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobPage;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * How many jobs an act is about, counted when its form has arrived. What the form says of their number was written by a client, and jobs may have come into the
 * filter since it was shown.
 *
 * @param count of the jobs that are meant; at least so many if it is not exact
 * @param isCovered whether they are no more than were confirmed
 */
record Recount(BoundedCount count, boolean isCovered) {
    private static final int AT_A_LOOK = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /**
     * Counts. If there are more than were confirmed, it looks for those that are left anyway because they came after the question; most of them are the newest, and
     * it looks for a few seconds only.
     */
    static Recount of(JobClient client, JobQuery query, Predicate<Job> isMeant, int confirmed) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        BoundedCount all = client.countUpTo(query, Source.MOST_COUNTED);
        int meant = 0;
        int later = 0;
        JobQuery next = query.atMost(AT_A_LOOK);
        while (all.isExact()
                && all.jobs() - later > confirmed
                && meant <= confirmed
                && next != null
                && System.nanoTime() < deadline) {
            JobPage page = client.search(next);
            for (Job job : page.jobs()) {
                if (isMeant.test(job)) {
                    meant++;
                } else {
                    later++;
                }
            }
            next = page.next();
        }
        // A count that is not exact says nothing about the rest: there may be more jobs than were subtracted.
        int left = all.isExact() ? Math.max(all.jobs() - later, meant) : all.jobs();
        return new Recount(new BoundedCount(left, all.isExact()), left <= confirmed);
    }
}
