package io.forthwith.micrometer;

import io.forthwith.Job;
import io.forthwith.event.JobEvent;
import io.forthwith.micrometer.JobMeters.Kind;
import io.forthwith.store.Claim;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The attempts that run in this process, from their start until the store has their end. Thread-safe. */
final class Attempts {
    private final JobMeters meters;
    /** To each attempt the number in which it is counted. */
    private final Map<Claim, AtomicInteger> running = new ConcurrentHashMap<>();

    Attempts(JobMeters meters) {
        this.meters = meters;
    }

    /** An event that comes twice, because somebody has given the listener twice, is counted once. */
    void seen(JobEvent event) {
        Job job = event.job();
        Kind kind = meters.kind(job.queue(), job.type());
        if (event instanceof JobEvent.Started) {
            started(job, kind);
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

    private void started(Job job, Kind kind) {
        AtomicInteger active = meters.active(kind);
        if (running.putIfAbsent(Claim.of(job), active) != null) {
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
        AtomicInteger active = running.remove(claim);
        if (active != null) {
            active.decrementAndGet();
        }
        return active != null;
    }

    /** The worker is gone, and with it what it has not told. */
    void forget(UUID worker) {
        running.keySet().stream()
                .filter(claim -> claim.workerId().equals(worker))
                .forEach(this::isOver);
    }

    /** How many run, by worker. */
    Map<UUID, Integer> byWorker() {
        Map<UUID, Integer> counts = new HashMap<>();
        running.keySet().forEach(claim -> counts.merge(claim.workerId(), 1, Integer::sum));
        return counts;
    }
}
