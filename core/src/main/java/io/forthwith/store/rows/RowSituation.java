package io.forthwith.store.rows;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.RunningJob;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.JobSituation;
import io.forthwith.store.ReadModelFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** How a job stands among the others, out of rows. An engine out of rows tells nobody who has locked what, so no row counts as locked. */
final class RowSituation {
    private static final int PAGE = 100;

    private RowSituation() {}

    static JobSituation of(JobRowAccess rows, Job job, Instant now) {
        boolean isPending = job.status() == JobStatus.PENDING;
        List<Job> children = children(rows, job).toList();
        return new JobSituation(
                now,
                (int) children.stream().filter(child -> child.status().isOpen()).count(),
                children.size(),
                isPending ? ahead(rows, job, now) : 0,
                isPending ? running(rows) : List.of(),
                rows.limit(LimitKey.ofType(job.type()).limitName()) != null,
                false);
    }

    private static Stream<Job> children(JobRowAccess rows, Job job) {
        return job.relations().isParent()
                ? rows.children(job.id(), -1).limit(JobSituation.MOST_CHILDREN)
                : Stream.empty();
    }

    private static int ahead(JobRowAccess rows, Job job, Instant now) {
        long ahead = 0;
        for (int priority = NewJob.HIGHEST_PRIORITY;
                priority > job.priority() && ahead < JobSituation.MOST;
                priority--) {
            ahead += rows.due(job.queue(), priority, now)
                    .limit(JobSituation.MOST - ahead)
                    .count();
        }
        ahead += rows.due(job.queue(), job.priority(), now)
                .takeWhile(
                        other -> !other.id().equals(job.id()) && !other.runAt().isAfter(job.runAt()))
                .limit(JobSituation.MOST - ahead)
                .count();
        return (int) ahead;
    }

    private static List<RunningJob> running(JobRowAccess rows) {
        return processing(rows).stream()
                .sorted(comparing(Job::startedAt, nullsFirst(naturalOrder())))
                .limit(JobSituation.MOST)
                .map(each -> ReadModelFactory.runningJob(
                        each.id(), each.type(), each.workerId(), each.startedAt(), each.lostWorkers()))
                .toList();
    }

    /** All jobs that are processing. */
    static List<Job> processing(JobRowAccess rows) {
        List<Job> held = new ArrayList<>();
        List<UUID> holders;
        UUID last = null;
        do {
            holders = rows.holders(last, PAGE);
            holders.forEach(holder -> rows.heldBy(holder).forEach(held::add));
            last = holders.isEmpty() ? null : holders.get(holders.size() - 1);
        } while (holders.size() == PAGE);
        return held;
    }
}
