package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.Reason;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.store.JobSituation;
import io.forthwith.store.JobStore;
import io.forthwith.store.limit.LimitStore;
import io.forthwith.store.rules.DiagnosisRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads what a diagnosis needs. The job is read first and last: if it has changed in between, all is read again. */
final class Diagnosing {
    private static final int MOST_ROUNDS = 3;
    /** The time whose outcomes tell how fast a queue goes. */
    private static final Duration RECENT = Duration.ofMinutes(10);

    private final JobStore store;

    Diagnosing(JobStore store) {
        this.store = store;
    }

    Diagnosis why(UUID id) {
        Optional<Job> before = store.find(id);
        for (int round = 1; before.isPresent() && round <= MOST_ROUNDS; round++) {
            Job job = before.get();
            List<Job> predecessors =
                    job.status() == JobStatus.WAITING && job.relations().hasPredecessors()
                            ? store.predecessors(id)
                            : List.of();
            boolean hasFailedLast = job.status() == JobStatus.PENDING
                    && job.attempt() > 0
                    && store.failures(id).stream().anyMatch(failure -> failure.claim() == job.claim());
            List<PausedQueue> pauses = job.status() == JobStatus.PENDING ? store.pausedQueues() : List.of();
            List<RegisteredWorker> workers = job.status() == JobStatus.PENDING || job.status() == JobStatus.PROCESSING
                    ? store.workers()
                    : List.of();
            Optional<JobSituation> situation = store.situation(id);
            Optional<Job> after = store.find(id);
            if (situation.isPresent()
                    && (round == MOST_ROUNDS
                            || after.filter(now -> isSame(job, now)).isPresent())) {
                return estimated(
                        DiagnosisRule.of(
                                job,
                                situation.get(),
                                predecessors,
                                hasFailedLast,
                                pauses,
                                workers,
                                limits(job, situation.get().hasTypeLimit())),
                        job,
                        situation.get().now());
            }
            before = after;
        }
        return new Diagnosis(LibraryOnly.KEY, id, null, List.of(new Reason.NotFound(LibraryOnly.KEY)), List.of());
    }

    /** How the keys of a pending job stand, with that of its type if a limit is declared for it. */
    private List<LimitState> limits(Job job, boolean hasTypeLimit) {
        LimitStore limits = job.status() == JobStatus.PENDING && !job.isUndo()
                ? store.limits().orElse(null)
                : null;
        if (limits == null || JobLimit.areUnreadable(job.limits())) {
            return List.of();
        }
        List<LimitState> states = new ArrayList<>();
        job.limits().forEach(limit -> states.add(limits.state(limit.key())));
        if (hasTypeLimit
                && job.limits().stream().noneMatch(limit -> limit.key().name().equals(LimitKey.TYPE))) {
            states.add(limits.state(LimitKey.ofType(job.type())));
        }
        return states;
    }

    /** Says how long the jobs before it take, if the store knows. */
    private Diagnosis estimated(Diagnosis diagnosis, Job job, Instant now) {
        if (diagnosis.reasons().stream().noneMatch(Reason.Behind.class::isInstance)) {
            return diagnosis;
        }
        List<JobOutcomes> outcomes = store.outcomes()
                .map(store -> store.read(now.minus(RECENT), now.plus(JobOutcomes.MINUTE)))
                .orElse(List.of());
        List<Reason> reasons = diagnosis.reasons().stream()
                .map(reason -> reason instanceof Reason.Behind behind
                        ? new Reason.Behind(
                                LibraryOnly.KEY,
                                behind.jobs(),
                                DiagnosisRule.estimate(behind.jobs(), job.queue(), outcomes, now))
                        : reason)
                .toList();
        return new Diagnosis(LibraryOnly.KEY, diagnosis.job(), diagnosis.at(), reasons, diagnosis.checked());
    }

    private static boolean isSame(Job one, Job other) {
        return one.status() == other.status()
                && one.claim() == other.claim()
                && one.runAt().equals(other.runAt())
                && one.createdAt().equals(other.createdAt());
    }
}
