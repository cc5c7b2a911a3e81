package io.forthwith.worker.internal;

import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.GuardedLogger;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SafeText;
import io.forthwith.store.JobStore;
import io.forthwith.store.LongDueJob;
import io.forthwith.worker.internal.loop.StoreBackOff;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.WorkerLogger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for due jobs that no worker takes: nobody serves their queue, or all who do leave their type to others; and for jobs whose time never comes. Such jobs wait for ever and
 * fail nowhere, so the health of each worker reports them, and one line of the log. {@link StuckUndoLoop} looks for undo jobs.
 *
 * <p>Only what is found in two looks in a row counts. A worker may just be replaced by the next one.
 */
final class UnservedJobsLoop extends HealthLook {
    private static final GuardedLogger LOG = WorkerLogger.logger();
    /** Jobs that have been due for less are likely to be taken soon. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final JobStore store;
    private final OwnLease lease;
    private final Ticker ticker;
    /** What the last look has found. */
    private Set<Case> suspected = Set.of();
    /** What was logged and has been found by every look since. */
    private Set<Case> logged = Set.of();

    /**
     * Jobs of one queue that nobody takes.
     *
     * @param type their type; null if nobody serves the queue, whatever the type
     */
    private record Case(String queue, @Nullable String type, boolean neverComes) {
        String text(Instant dueSince) {
            if (neverComes) {
                return "jobs of queue " + SafeText.line(queue, 200) + " and type " + SafeText.line(type, 200)
                        + " never run: their run_at, " + dueSince + ", is more than 100 years ahead";
            }
            String jobs = "jobs of queue " + SafeText.line(queue, 200);
            return type == null
                    ? jobs + " have been due since " + dueSince + ": no running worker serves the queue"
                    : jobs + " and type " + SafeText.line(type, 200) + " have been due since " + dueSince
                            + ": all running workers of the queue leave the type to others";
        }
    }

    UnservedJobsLoop(JobStore store, OwnLease lease, RandomGenerator random, StoreBackOff guard, Ticker ticker) {
        super(random, guard);
        this.store = store;
        this.lease = lease;
        this.ticker = ticker;
    }

    /** After an outage the leases of all workers have lapsed, and none seems to be alive. */
    @Override
    boolean canLook() {
        return lease.isGood(ticker.nanos());
    }

    @Override
    void look() {
        report(find());
    }

    /** The cases, each with the time since when a job has been due. */
    private Map<Case, Instant> find() {
        List<LongDueJob> overdue = store.overdue(PATIENCE).stream()
                .filter(job -> !job.queue().startsWith(NameRules.UNDO))
                .toList();
        Map<Case, Instant> found = new TreeMap<>(Comparator.comparing(Case::queue)
                .thenComparing(Case::type, Comparator.nullsFirst(String::compareTo))
                .thenComparing(Case::neverComes));
        overdue.stream()
                .filter(LongDueJob::neverComes)
                .forEach(job -> found.put(new Case(job.queue(), job.type(), true), job.dueSince()));
        if (overdue.stream().allMatch(LongDueJob::neverComes)) {
            return found;
        }
        List<RegisteredWorker> workers = store.workers();
        List<WorkerInfo.Serves> serving = new ArrayList<>();
        for (RegisteredWorker worker : takingJobs(workers).toList()) {
            WorkerInfo.Serves serves = worker.info().serves();
            if (serves == null) {
                // It may serve them.
                return found;
            }
            serving.add(serves);
        }
        List<WorkerInfo.Serves> stopping = workers.stream()
                .filter(RegisteredWorker::isAlive)
                .map(worker -> worker.info().serves())
                .filter(serves -> serves != null && !serving.contains(serves))
                .toList();
        for (LongDueJob job : overdue) {
            if (!job.neverComes() && !isTaken(job, serving, stopping)) {
                boolean isServed = serving.stream().anyMatch(each -> each.servesQueue(job.queue()));
                found.merge(
                        new Case(job.queue(), isServed ? job.type() : null, false),
                        job.dueSince(),
                        (one, other) -> one.isBefore(other) ? one : other);
            }
        }
        return found;
    }

    /** A worker leaves a type that it does not know to one that knows it, also while that one is stopping. */
    private static boolean isTaken(LongDueJob job, List<WorkerInfo.Serves> serving, List<WorkerInfo.Serves> stopping) {
        boolean isLeft = stopping.stream().anyMatch(each -> knows(each, job));
        return serving.stream().anyMatch(each -> knows(each, job) || (!isLeft && each.takes(job.queue(), job.type())));
    }

    private static boolean knows(WorkerInfo.Serves serves, LongDueJob job) {
        return serves.takes(job.queue(), job.type()) && serves.types().contains(job.type());
    }

    private static Stream<RegisteredWorker> takingJobs(List<RegisteredWorker> workers) {
        return workers.stream().filter(worker -> {
            WorkerLoad load = worker.load();
            return worker.isAlive() && (load == null || !load.isStopping());
        });
    }

    private void report(Map<Case, Instant> found) {
        List<String> reasons = new ArrayList<>();
        Set<Case> certain = new HashSet<>();
        found.forEach((each, dueSince) -> {
            if (suspected.contains(each)) {
                certain.add(each);
                reasons.add(each.text(dueSince));
                if (!logged.contains(each)) {
                    LOG.warn("[Worker] Unserved: {}", each.text(dueSince));
                }
            }
        });
        suspected = Set.copyOf(found.keySet());
        logged = certain;
        report(reasons, " other queues or types have jobs that nobody takes");
    }
}
