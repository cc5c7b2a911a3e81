package io.forthwith.dashboard.internal.job;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobPage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The first children of a job that the viewer may know of, its finisher, and of many also the newest that went wrong. Immutable.
 *
 * @param hasMore whether there are more than these
 */
record Children(List<Job> jobs, boolean hasMore) {
    /** How many children of others are passed over at the most. */
    private static final int MOST_LOOKED_AT = 500;

    private static final int MOST_WRONG = 20;
    private static final int MOST_WAITING = 100;
    private static final Comparator<Job> ORDER =
            Comparator.comparing(Children::place).thenComparing(Job::id);

    static Children read(JobClient client, View view, UUID parent, int most) {
        JobQuery query = view.scoped(JobQuery.all().parent(parent));
        // One short read, without inputs and results, is enough for all but large families.
        JobPage page = client.search(query.atMost(most + 1));
        if (page.next() == null && page.jobs().size() <= most) {
            return new Children(page.jobs().stream().sorted(ORDER).toList(), false);
        }
        List<Job> first;
        try (var children = client.children(parent)) {
            first = children.limit(view.access().isScoped() ? MOST_LOOKED_AT : most)
                    .filter(child -> JobPageBasics.sees(view, child))
                    .limit(most)
                    .toList();
        }
        List<Job> all = new ArrayList<>(first);
        // The finisher is none of them, and waits while others are open.
        List<Job> others = new ArrayList<>(page.jobs());
        others.addAll(client.search(query.status(JobStatus.WAITING).atMost(MOST_WAITING))
                .jobs());
        others.stream().filter(job -> job.relations().isFinisher()).findFirst().ifPresent(all::add);
        boolean hasMore = page.jobs().size() > most || page.next() != null;
        if (hasMore) {
            // The page shows children that went wrong, wherever they stand.
            JobQuery wrong = query.status(JobStatus.FAILED, JobStatus.CANCELLED);
            Set<UUID> known = all.stream().map(Job::id).collect(Collectors.toSet());
            client.search(wrong.atMost(MOST_WRONG)).jobs().stream()
                    .filter(job -> !known.contains(job.id()))
                    .forEach(all::add);
        }
        return new Children(List.copyOf(all), hasMore);
    }

    private static int place(Job job) {
        Integer position = job.relations().position();
        return position == null || position == JobRelations.FINISHER ? Integer.MAX_VALUE : position;
    }
}
