package io.forthwith.store.rules;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.PausedQueue;
import io.forthwith.insight.Reason;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.insight.RunningJob;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.SimilarNames;
import io.forthwith.limit.LimitState;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobSituation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why a job does not run. Pure functions of what a store has read. */
public final class DiagnosisRule {
    /** A job that has been due for longer, although nothing keeps it, is not about to start. */
    private static final Duration SOON = Duration.ofMinutes(1);

    /** A worker of this library holds at most one job that has lost so many workers. */
    private static final int LAST_TRY = ClaimRequest.LOST_WORKERS_CAP - 1;

    private static final int MOST_NAMED = 5;
    private static final int MOST_PREDECESSORS = 10;

    private final Job job;
    private final JobSituation situation;
    private final List<Job> predecessors;
    private final boolean hasFailedLast;
    private final List<PausedQueue> pauses;
    private final List<RegisteredWorker> workers;
    private final List<LimitState> limits;
    private final List<Reason> reasons = new ArrayList<>();
    private final List<String> checked = new ArrayList<>();
    private Reason.@Nullable TypeLeft left;

    private DiagnosisRule(
            Job job,
            JobSituation situation,
            List<Job> predecessors,
            boolean hasFailedLast,
            List<PausedQueue> pauses,
            List<RegisteredWorker> workers,
            List<LimitState> limits) {
        this.limits = limits;
        this.job = job;
        this.situation = situation;
        this.predecessors = predecessors;
        this.hasFailedLast = hasFailedLast;
        this.pauses = pauses;
        this.workers = workers;
    }

    /**
     * Decides.
     *
     * @param predecessors its predecessors; none unless it is waiting
     * @param hasFailedLast whether its latest claim is among its failed attempts
     * @param pauses the queues that are paused
     * @param workers all registered workers
     * @param limits how the keys of its limits stand; none unless it is pending
     */
    public static Diagnosis of(
            Job job,
            JobSituation situation,
            List<Job> predecessors,
            boolean hasFailedLast,
            List<PausedQueue> pauses,
            List<RegisteredWorker> workers,
            List<LimitState> limits) {
        return new DiagnosisRule(job, situation, predecessors, hasFailedLast, pauses, workers, limits).decide();
    }

    private Stream<Reason> limited(LimitState state) {
        if (!state.key().isSequence() || state.pause() != null) {
            return state.isFull() ? Stream.of(new Reason.Limited(LibraryOnly.KEY, state)) : Stream.empty();
        }
        UUID first = state.first();
        return first == null || first.equals(job.id())
                ? Stream.empty()
                : Stream.of(
                        new Reason.BehindInSequence(LibraryOnly.KEY, state.key().key(), first));
    }

    private Diagnosis decide() {
        Instant deadline = ExpiryRule.mayExpire(job) ? job.expiresAt() : null;
        Reason.Expires expires = deadline == null
                ? null
                : new Reason.Expires(LibraryOnly.KEY, deadline, positive(Duration.between(situation.now(), deadline)));
        boolean hasExpired = ExpiryRule.isExpired(job, situation.now());
        if (hasExpired) {
            check(Reason.Expires.class, expires);
        }
        switch (job.status()) {
            case PENDING -> pending();
            case PROCESSING -> processing();
            case WAITING -> waiting();
            default ->
                check(
                        Reason.Ended.class,
                        new Reason.Ended(LibraryOnly.KEY, job.status(), job.completedAt(), job.errorMessage()));
        }
        if (expires != null && !hasExpired) {
            check(Reason.Expires.class, expires);
        }
        return new Diagnosis(LibraryOnly.KEY, job.id(), situation.now(), reasons, checked);
    }

    private void add(@Nullable Reason reason) {
        if (reason != null) {
            reasons.add(reason);
        }
    }

    private void check(Class<? extends Reason> kind, @Nullable Reason reason) {
        checked.add(kind.getSimpleName());
        add(reason);
    }

    private void processing() {
        checked.addAll(List.of("Running", "WorkerDead"));
        RegisteredWorker holder = workers.stream()
                .filter(worker -> worker.info().id().equals(job.workerId()))
                .findFirst()
                .orElse(null);
        if (holder == null) {
            add(new Reason.WorkerDead(
                    LibraryOnly.KEY,
                    job.workerId() == null ? "?" : job.workerId().toString(),
                    null));
        } else if (holder.isAlive()) {
            Instant since = job.startedAt() == null ? job.updatedAt() : job.startedAt();
            add(new Reason.Running(
                    LibraryOnly.KEY,
                    holder.info().name(),
                    positive(Duration.between(since, situation.now())),
                    positive(Duration.between(job.updatedAt(), situation.now())),
                    positive(Duration.between(situation.now(), holder.leaseEndsAt())),
                    job.cancelRequestedAt() != null));
        } else {
            add(new Reason.WorkerDead(
                    LibraryOnly.KEY,
                    holder.info().name(),
                    positive(Duration.between(holder.leaseEndsAt(), situation.now()))));
        }
    }

    private void waiting() {
        boolean isParent = job.relations().isParent();
        check(
                Reason.GroupUnsealed.class,
                isParent && !job.relations().isSealed() ? new Reason.GroupUnsealed(LibraryOnly.KEY) : null);
        check(
                Reason.ChildrenOpen.class,
                situation.openChildren() > 0 || (isParent && job.relations().isSealed())
                        ? new Reason.ChildrenOpen(
                                LibraryOnly.KEY, Math.max(1, situation.openChildren()), situation.children())
                        : null);
        UUID parent = job.parentId();
        check(
                Reason.SiblingsOpen.class,
                job.relations().isFinisher() && parent != null
                        ? new Reason.SiblingsOpen(LibraryOnly.KEY, parent)
                        : null);
        List<UUID> open = predecessors.stream()
                .filter(predecessor -> predecessor.status().isOpen())
                .map(Job::id)
                .toList();
        check(
                Reason.PredecessorsOpen.class,
                open.isEmpty()
                        ? null
                        : new Reason.PredecessorsOpen(
                                LibraryOnly.KEY,
                                open.subList(0, Math.min(open.size(), MOST_PREDECESSORS)),
                                open.size()));
        addIfNothing();
    }

    private void pending() {
        check(Reason.NotDue.class, notDue());
        boolean isUndo = job.queue().startsWith(NameRules.UNDO);
        check(
                Reason.QueuePaused.class,
                isUndo
                        ? null
                        : pauses.stream()
                                .filter(pause -> pause.queue().equals(job.queue()))
                                .findFirst()
                                .map(pause -> new Reason.QueuePaused(LibraryOnly.KEY, pause.queue(), pause.pause()))
                                .orElse(null));
        checked.add("Limited");
        limits.stream().flatMap(this::limited).forEach(this::add);
        List<RegisteredWorker> taking = taking();
        if (!taking.isEmpty()) {
            check(Reason.LastTry.class, lastTry(taking));
            check(Reason.SlotsBusy.class, slotsBusy(taking));
            int ahead = situation.ahead();
            check(
                    Reason.Behind.class,
                    ahead > 0 && ahead >= freeSlots(taking) ? new Reason.Behind(LibraryOnly.KEY, ahead) : null);
            check(Reason.TakesTurns.class, takesTurns(freeSlots(taking)));
        }
        locked();
        if (!taking.isEmpty()) {
            check(
                    Reason.WorkersDegraded.class,
                    taking.stream().allMatch(DiagnosisRule::isDegraded)
                            ? new Reason.WorkersDegraded(LibraryOnly.KEY, taking.size())
                            : null);
        }
        addIfNothing();
        check(Reason.TypeLeft.class, left);
    }

    private Reason.@Nullable TakesTurns takesTurns(int freeSlots) {
        return limits.stream()
                .filter(state -> state.key().isFair() && !state.isFull() && state.waiting() > freeSlots)
                .map(state -> new Reason.TakesTurns(LibraryOnly.KEY, state.key().key(), state.waiting()))
                .findFirst()
                .orElse(null);
    }

    private void locked() {
        check(Reason.RowLocked.class, situation.isLocked() ? new Reason.RowLocked(LibraryOnly.KEY) : null);
    }

    private void addIfNothing() {
        if (!reasons.isEmpty()) {
            return;
        }
        if (job.status() == JobStatus.WAITING) {
            add(new Reason.NothingFound(LibraryOnly.KEY, null));
            return;
        }
        Duration due = positive(Duration.between(job.runAt(), situation.now()));
        add(
                due.compareTo(SOON) < 0
                        ? new Reason.AboutToStart(LibraryOnly.KEY, due)
                        : new Reason.NothingFound(LibraryOnly.KEY, due));
    }

    private Reason.@Nullable NotDue notDue() {
        if (!job.runAt().isAfter(situation.now())) {
            return null;
        }
        Duration left = Duration.between(situation.now(), job.runAt());
        if (hasFailedLast) {
            return new Reason.NotDue(
                    LibraryOnly.KEY,
                    job.runAt(),
                    left,
                    Reason.NotDue.Cause.RETRY,
                    job.attempt(),
                    text(job.errorMessage()));
        }
        String missing = job.progress().message();
        if (job.lostWorkers() > 0 && (job.postponements() == 0 || missing == null)) {
            return new Reason.NotDue(
                    LibraryOnly.KEY, job.runAt(), left, Reason.NotDue.Cause.LOST, job.lostWorkers(), "");
        }
        return job.postponements() > 0
                ? new Reason.NotDue(
                        LibraryOnly.KEY,
                        job.runAt(),
                        left,
                        Reason.NotDue.Cause.POSTPONED,
                        job.postponements(),
                        text(missing))
                : new Reason.NotDue(LibraryOnly.KEY, job.runAt(), left, Reason.NotDue.Cause.DELAYED, 0, "");
    }

    private static String text(@Nullable String text) {
        return text == null ? "?" : text;
    }

    /** The living workers that take the job; if there is none, the reason for that is added. */
    private List<RegisteredWorker> taking() {
        List<RegisteredWorker> alive =
                workers.stream().filter(RegisteredWorker::isAlive).toList();
        List<RegisteredWorker> silent =
                alive.stream().filter(worker -> worker.info().serves() == null).toList();
        List<RegisteredWorker> serving = serving(alive);
        List<RegisteredWorker> taking =
                serving.stream().filter(worker -> !isStopping(worker)).toList();
        boolean isQueueServed = (job.queue().startsWith(NameRules.UNDO) && !alive.isEmpty())
                || alive.stream().anyMatch(worker -> serves(worker, serves -> serves.servesQueue(job.queue())));
        checked.addAll(List.of("QueueUnserved", "TypeSkipped", "TypeUnknown", "WorkersStopping", "WorkersSilent"));
        if (!taking.isEmpty()) {
            boolean isKnown = taking.stream().anyMatch(worker -> serves(worker, serves -> knows(serves, job.type())));
            add(isKnown || !silent.isEmpty() ? null : new Reason.TypeUnknown(LibraryOnly.KEY, job.type()));
        } else if (!silent.isEmpty()) {
            add(new Reason.WorkersSilent(LibraryOnly.KEY, silent.size()));
        } else if (!serving.isEmpty()) {
            add(new Reason.WorkersStopping(LibraryOnly.KEY, serving.size()));
        } else if (isQueueServed) {
            add(new Reason.TypeSkipped(LibraryOnly.KEY, job.type(), job.queue()));
        } else {
            add(new Reason.QueueUnserved(LibraryOnly.KEY, job.queue(), similar(alive)));
        }
        return taking;
    }

    /** Those that take the job. If some of them say its queue and its type, the others leave it to them, as {@link io.forthwith.store.WorkerLeases#servedByOthers} answers. Undo jobs are never left. */
    private List<RegisteredWorker> serving(List<RegisteredWorker> alive) {
        List<RegisteredWorker> all = alive.stream()
                .filter(worker -> serves(worker, serves -> serves.takes(job.queue(), job.type())))
                .toList();
        List<RegisteredWorker> knowing = all.stream()
                .filter(worker -> serves(
                        worker,
                        serves -> serves.queues().contains(job.queue())
                                && serves.types().contains(job.type())))
                .toList();
        if (job.isUndo() || knowing.isEmpty() || knowing.size() == all.size()) {
            return all;
        }
        left = new Reason.TypeLeft(LibraryOnly.KEY, job.type(), knowing.size());
        return knowing;
    }

    private static boolean serves(RegisteredWorker worker, Function<WorkerInfo.Serves, Boolean> question) {
        WorkerInfo.Serves serves = worker.info().serves();
        return serves != null && question.apply(serves);
    }

    private static boolean knows(WorkerInfo.Serves serves, String type) {
        return serves.types().contains(name(type)) || serves.types().contains(WorkerInfo.Serves.CUT);
    }

    private static String name(String type) {
        return type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type;
    }

    private static boolean isStopping(RegisteredWorker worker) {
        WorkerLoad load = worker.load();
        return load != null && load.isStopping();
    }

    private static boolean isDegraded(RegisteredWorker worker) {
        WorkerLoad load = worker.load();
        return load != null && load.isDegraded();
    }

    /**
     * About how long the jobs before it take.
     *
     * @param outcomes what has ended lately, also of other queues
     * @return null if nothing of the queue has ended
     */
    public static @Nullable Duration estimate(int jobs, String queue, List<JobOutcomes> outcomes, Instant now) {
        long ended = 0;
        Instant first = now;
        for (JobOutcomes each : outcomes) {
            if (each.queue().equals(queue) && each.span().equals(JobOutcomes.MINUTE)) {
                ended += each.jobs();
                first = each.from().isBefore(first) ? each.from() : first;
            }
        }
        return ended == 0
                ? null
                : Duration.between(first, now).multipliedBy(jobs).dividedBy(ended);
    }

    /** The queues that are served, those first whose names differ least. */
    private List<String> similar(List<RegisteredWorker> alive) {
        return SimilarNames.to(
                job.queue(),
                alive.stream()
                        .map(worker -> Objects.requireNonNull(worker.info().serves()))
                        .flatMap(serves -> serves.queues().stream())
                        .filter(queue -> !queue.equals(WorkerInfo.Serves.CUT)),
                MOST_NAMED);
    }

    private Reason.@Nullable LastTry lastTry(List<RegisteredWorker> taking) {
        if (job.lostWorkers() < LAST_TRY) {
            return null;
        }
        boolean allHoldOne = taking.stream()
                .allMatch(worker -> situation.running().stream()
                        .anyMatch(running -> running.lostWorkers() >= LAST_TRY
                                && worker.info().id().equals(running.workerId())));
        return allHoldOne ? new Reason.LastTry(LibraryOnly.KEY, job.lostWorkers()) : null;
    }

    private Reason.@Nullable SlotsBusy slotsBusy(List<RegisteredWorker> taking) {
        if (freeSlots(taking) > 0) {
            return null;
        }
        List<UUID> ids = taking.stream().map(worker -> worker.info().id()).toList();
        return new Reason.SlotsBusy(
                LibraryOnly.KEY,
                taking.size(),
                taking.stream().mapToInt(DiagnosisRule::slots).sum(),
                situation.running().stream()
                        .filter(running -> ids.contains(running.workerId()))
                        .limit(MOST_NAMED)
                        .toList());
    }

    private static int slots(RegisteredWorker worker) {
        return Objects.requireNonNull(worker.info().serves()).concurrency();
    }

    /** How many more jobs the workers can run. */
    private int freeSlots(List<RegisteredWorker> taking) {
        return taking.stream()
                .mapToInt(worker -> Math.max(0, slots(worker) - held(worker)))
                .sum();
    }

    private int held(RegisteredWorker worker) {
        List<RunningJob> listed = situation.running().stream()
                .filter(running -> worker.info().id().equals(running.workerId()))
                .toList();
        WorkerLoad load = worker.load();
        Instant said = worker.lastBeatAt();
        if (load == null || said == null) {
            return listed.size();
        }
        // What the worker has said is some seconds old, but it counts the jobs of a batch as one.
        int known = load.running()
                + (int) listed.stream()
                        .filter(running ->
                                running.since() == null || !running.since().isBefore(said))
                        .count();
        // The list may end before it names all that this worker holds.
        return situation.running().size() < JobSituation.MOST ? Math.min(listed.size(), known) : known;
    }

    private static Duration positive(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}
