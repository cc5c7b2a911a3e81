package io.forthwith.dashboard.internal.data;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.insight.JobPage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Failed jobs, grouped by what went wrong. Immutable.
 *
 * @param groups those with most jobs at the front
 * @param jobs how many were read
 * @param isComplete whether these are all that were asked for
 * @param searchedBackTo until when they were searched; null if all were, or it is not known
 */
public record Failures(
        List<Group> groups,
        int jobs,
        boolean isComplete,
        @Nullable Instant searchedBackTo) {
    private static final int MOST_LOOKS = 5;

    /** Ids are made before jobs are enqueued, and by other clocks. */
    private static final Duration SPREAD = Duration.ofHours(1);

    /**
     * Jobs that failed in the same way.
     *
     * @param sample the one that failed last
     * @param advice whether they can be retried
     */
    public record Group(String type, String code, int jobs, Job sample, RetryAdvice advice) {}

    /** What failed last stands first. */
    public static final Comparator<Job> LAST_FIRST = Comparator.comparing(
                    Job::completedAt, Comparator.nullsFirst(Comparator.<Instant>naturalOrder()))
            .reversed();

    /** Reads the newest ones, up to five thousand. */
    static Failures read(JobClient client, JobQuery query) {
        List<Job> all = new ArrayList<>();
        JobPage page = client.search(query.atMost(Source.MOST_JOBS));
        all.addAll(page.jobs());
        for (int looks = 1; looks < MOST_LOOKS && page.next() != null && !isBeyond(page, query.since()); looks++) {
            page = client.search(page.next());
            all.addAll(page.jobs());
        }
        boolean isComplete = page.next() == null || isBeyond(page, query.since());
        return new Failures(grouped(all), all.size(), isComplete, isComplete ? null : page.searchedBackTo());
    }

    /**
     * Whether a search has left the span that was asked for. Where no index has times, it never says so itself, because a job with an id of its own may be
     * anywhere.
     */
    private static boolean isBeyond(JobPage page, @Nullable Instant since) {
        Instant reached = page.searchedBackTo();
        return since != null && reached != null && reached.isBefore(since.minus(SPREAD));
    }

    private static List<Group> grouped(List<Job> jobs) {
        record Key(String type, String code) {}
        Map<Key, List<Job>> byKey = new LinkedHashMap<>();
        for (Job job : jobs.stream().sorted(LAST_FIRST).toList()) {
            Key key = new Key(job.type(), job.errorCode() == null ? "" : job.errorCode());
            byKey.computeIfAbsent(key, any -> new ArrayList<>()).add(job);
        }
        return byKey.entrySet().stream()
                .map(each -> new Group(
                        each.getKey().type,
                        each.getKey().code,
                        each.getValue().size(),
                        each.getValue().get(0),
                        RetryAdvice.of(each.getValue())))
                .sorted(Comparator.comparingInt(Group::jobs).reversed())
                .toList();
    }
}
