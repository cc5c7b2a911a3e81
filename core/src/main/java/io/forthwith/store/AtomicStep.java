package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One atomic step of the in-memory store, at one moment: it moves jobs, and at its end settles the parents of all that have
 * ended in it, each once, as their children then stand.
 */
final class AtomicStep {
    private final JobTable jobs;
    private final Map<UUID, List<JobFailure>> failures;
    private final Instant now;
    /** Parents that may have to move, with the language of the move that touched them first. */
    private final Map<UUID, Locale> touched = new LinkedHashMap<>();

    AtomicStep(JobTable jobs, Map<UUID, List<JobFailure>> failures, Instant now) {
        this.jobs = jobs;
        this.failures = failures;
        this.now = now;
    }

    Instant now() {
        return now;
    }

    /** The one place where a settlement becomes a row. */
    void apply(Job job, Settlement settlement) {
        if (settlement instanceof Settlement.Complete complete) {
            Job.Builder ending = move(job, JobStatus.COMPLETED, now)
                    .result(complete.result())
                    .progress(job.progress().withPercent(100))
                    .error(null);
            end(ending, job, languageOf(settlement));
        } else if (settlement instanceof Settlement.Fail fail) {
            fail(job, job, fail.error(), fail.locale());
        } else if (settlement instanceof Settlement.Retry retry) {
            remember(job, retry.error());
            jobs.put(move(job, JobStatus.PENDING, now)
                    .error(retry.error())
                    .runAt(now.plus(retry.delay()))
                    .build());
        } else if (settlement instanceof Settlement.Postpone postpone) {
            jobs.put(move(job, JobStatus.PENDING, now)
                    .attempt(job.attempt() - 1)
                    .postponements(job.postponements() + 1)
                    .postponedSince(job.postponedSince() == null ? now : job.postponedSince())
                    .progress(job.progress().withMessage(postpone.reason()))
                    .runAt(now.plus(postpone.delay()))
                    .build());
        } else if (settlement instanceof Settlement.GiveBack) {
            jobs.put(
                    move(job, JobStatus.PENDING, now).attempt(job.attempt() - 1).build());
        } else if (settlement instanceof Settlement.AwaitChildren await) {
            jobs.put(move(job, JobStatus.WAITING, now).build());
            touched.putIfAbsent(job.id(), await.locale());
        } else {
            throw new AssertionError("Unknown settlement " + settlement);
        }
    }

    void cancel(Job job, Locale locale) {
        end(move(job, JobStatus.CANCELLED, now).error(null), job, locale);
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        Job lost = job.toBuilder()
                .claim(job.claim() + 1)
                .attempt(job.attempt() - 1)
                .lostWorkers(job.lostWorkers() + 1)
                .build();
        if (job.cancelRequestedAt() != null) {
            cancel(lost, request.locale());
        } else if (lost.lostWorkers() >= request.lostWorkersCap()) {
            fail(job, lost, request.capError(), request.locale());
        } else {
            long micros = request.maxDelay().toNanos() / 1_000;
            Duration delay = Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS);
            jobs.put(move(lost, JobStatus.PENDING, now).runAt(now.plus(delay)).build());
        }
        return new TakenOver(job.id(), jobs.require(job.id()).status(), job.workerId());
    }

    void reset(Job job) {
        boolean parent = jobs.hasChildren(job.id());
        jobs.put(move(job, parent ? JobStatus.WAITING : JobStatus.PENDING, now)
                .attempt(0)
                .lostWorkers(0)
                .postponements(0)
                .postponedSince(null)
                .progress(JobProgress.NONE)
                .result(null)
                .error(null)
                .completedAt(null)
                .cancelRequestedAt(null)
                .runAt(now)
                .build());
        if (parent) {
            touched.put(job.id(), Locale.ENGLISH);
        }
    }

    /** Settles the waiting parents of what has ended, then theirs, until none is left. */
    void settleParents() {
        while (!touched.isEmpty()) {
            // The deepest first, so that each parent is decided once, when all below it has been.
            UUID id = touched.keySet().stream()
                    .max(Comparator.comparingInt(this::depth))
                    .orElseThrow();
            Locale locale = touched.get(id);
            touched.remove(id);
            settleParent(id, locale == null ? Locale.ENGLISH : locale);
        }
    }

    private void settleParent(UUID id, Locale locale) {
        Job parent = jobs.get(id);
        if (parent == null || parent.status() != JobStatus.WAITING) {
            return;
        }
        List<Job> children = jobs.childrenOf(id);
        ParentRule.Verdict verdict = ParentRule.decide(count(children), firstFailure(children), locale);
        JobProgress progress = parent.progress().withPercent(verdict.percent());
        if (verdict.status() == JobStatus.WAITING) {
            jobs.put(parent.toBuilder().progress(progress).updatedAt(now).build());
        } else {
            Job.Builder ending =
                    move(parent, verdict.status(), now).progress(progress).error(verdict.error());
            end(ending, parent, locale);
        }
    }

    private int depth(UUID id) {
        Job job = jobs.get(id);
        return job == null || job.parentId() == null ? 0 : 1 + depth(job.parentId());
    }

    private void fail(Job attempted, Job job, JobError error, Locale locale) {
        remember(attempted, error);
        end(move(job, JobStatus.FAILED, now).error(error), job, locale);
    }

    private void end(Job.Builder ending, Job job, Locale locale) {
        jobs.put(ending.completedAt(now).build());
        if (job.parentId() != null) {
            touched.putIfAbsent(job.parentId(), locale);
        }
    }

    private void remember(Job attempted, JobError error) {
        failures.computeIfAbsent(attempted.id(), id -> new ArrayList<>())
                .add(new JobFailure(
                        attempted.id(),
                        attempted.claim(),
                        attempted.attempt(),
                        error.kind(),
                        error.code(),
                        error.message(),
                        error.exceptionClass(),
                        error.trace(),
                        attempted.workerId(),
                        attempted.startedAt(),
                        now));
    }

    private static ParentRule.Children count(List<Job> children) {
        return new ParentRule.Children(
                children.size(),
                count(children, JobStatus.COMPLETED),
                count(children, JobStatus.FAILED),
                count(children, JobStatus.CANCELLED),
                children.stream().mapToLong(child -> child.progress().percent()).sum());
    }

    private static long count(List<Job> children, JobStatus status) {
        return children.stream().filter(child -> child.status() == status).count();
    }

    private static ParentRule.@Nullable FirstFailure firstFailure(List<Job> children) {
        return children.stream()
                .filter(child -> child.status() == JobStatus.FAILED)
                .min(Comparator.comparing(Job::completedAt).thenComparing(Job::id, JobTable.ID_ORDER))
                .map(child -> new ParentRule.FirstFailure(child.errorMessage(), child.errorKind()))
                .orElse(null);
    }

    static Job.Builder move(Job job, JobStatus next, Instant now) {
        return job.toBuilder().status(job.status().become(next)).updatedAt(now);
    }

    static Locale languageOf(Settlement settlement) {
        if (settlement instanceof Settlement.Fail fail) {
            return fail.locale();
        }
        return settlement instanceof Settlement.AwaitChildren await ? await.locale() : Locale.ENGLISH;
    }
}
