package io.forthwith.micrometer;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.micrometer.JobMeters.Kind;
import io.forthwith.store.Claim;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The attempts that run in this process, from their start until the store has their end. Thread-safe. */
final class Attempts {
    private final JobMeters meters;
    /**
     * {@code active}: the number in which the attempt is counted.
     *
     * @param first the first job of the same call
     */
    private record Run(AtomicInteger active, UUID first) {}

    private final Map<Claim, Run> running = new ConcurrentHashMap<>();

    Attempts(JobMeters meters) {
        this.meters = meters;
    }

    /** An event that comes twice, because somebody has given the listener twice, is counted once. */
    void seen(JobEvent event) {
        Job job = event.job();
        Kind kind = meters.kind(job.queue(), job.type());
        if (event instanceof JobEvent.Started it) {
            started(job, it.first(), kind);
        } else if (event instanceof JobEvent.Completed it) {
            ended(job, kind, "completed", JobMeters.NONE, it.took());
        } else if (event instanceof JobEvent.Failed it) {
            ended(job, kind, "failed", it.error().code(), it.took());
        } else if (event instanceof JobEvent.RetryScheduled it) {
            ended(job, kind, "retried", it.error().code(), it.took());
        } else if (event instanceof JobEvent.Waiting it) {
            ended(job, kind, "waiting", JobMeters.NONE, it.took());
        } else if (event instanceof JobEvent.Postponed it) {
            ended(job, kind, "postponed", JobMeters.NONE, it.took());
        } else if (event instanceof JobEvent.Cancelled it) {
            ended(job, kind, "cancelled", JobMeters.NONE, it.took());
        } else if (event instanceof JobEvent.GivenBack it) {
            ended(job, kind, "given_back", JobMeters.NONE, it.took());
        } else if (event instanceof JobEvent.Refused it) {
            ended(job, kind, "refused", JobMeters.NONE, it.took());
        }
    }

    private void started(Job job, UUID first, Kind kind) {
        AtomicInteger active = meters.active(kind);
        if (running.putIfAbsent(Claim.of(job), new Run(active, first)) != null) {
            return;
        }
        active.incrementAndGet();
        if (job.startedAt() != null) {
            meters.waited(kind, Duration.between(job.runAt(), job.startedAt()));
        }
    }

    /** A job that was claimed and never begun has no attempt. */
    private void ended(Job job, Kind kind, String outcome, String error, Duration took) {
        if (isOver(Claim.of(job))) {
            meters.ended(kind, outcome, error, took);
        }
    }

    /** Whether it ran until now. */
    private boolean isOver(Claim claim) {
        Run run = running.remove(claim);
        if (run != null) {
            run.active.decrementAndGet();
        }
        return run != null;
    }

    /** The worker is gone, and with it what it has not told. */
    void forget(UUID worker) {
        running.keySet().stream()
                .filter(claim -> claim.workerId().equals(worker))
                .forEach(this::isOver);
    }

    /** How many calls of processors run, by worker: those of a batch have one. */
    Map<UUID, Integer> callsByWorker() {
        Map<UUID, Set<UUID>> calls = new HashMap<>();
        running.forEach((claim, run) ->
                calls.computeIfAbsent(claim.workerId(), id -> new HashSet<>()).add(run.first));
        Map<UUID, Integer> counts = new HashMap<>();
        calls.forEach((worker, firsts) -> counts.put(worker, firsts.size()));
        return counts;
    }
}
