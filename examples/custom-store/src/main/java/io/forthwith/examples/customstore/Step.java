package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Cascade;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import io.forthwith.store.JobMoves;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.RetryFamily;
import io.forthwith.store.RetryResult;
import io.forthwith.store.RowsInMemory;
import io.forthwith.store.SealResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call at one moment: what it changes, and what follows from that for those that wait, which is the {@link Cascade}'s business. The
 * rows are written as it goes; whether they stay is decided by {@link KeyValueFile}. Not thread-safe.
 */
final class Step extends RowsInMemory {
    private final Rows rows;
    private final JobMoves moves;
    private final Cascade cascade;
    private final List<Claim> cancelRequested = new ArrayList<>();
    private boolean hasReleased;

    Step(Rows rows, Instant now) {
        this.rows = rows;
        this.moves = new JobMoves(now);
        this.cascade = new Cascade(moves, this);
    }

    /** Has those follow that waited for what has moved. */
    void end() {
        cascade.settle();
        cancelRequested.addAll(cascade.cancelRequested());
    }

    /** The claims whose workers are to be asked to stop, once the step is on disk. */
    List<Claim> cancelRequested() {
        return cancelRequested;
    }

    /** Whether there are pending jobs now that were not there before, or were waiting or had ended. */
    boolean hasReleased() {
        return hasReleased;
    }

    Instant now() {
        return moves.now();
    }

    /** Jobs that have nothing to do with others, each by itself; or a family or graph, all of it or nothing. */
    List<Added> add(List<EncodedJob> jobs, Families families) {
        return families.isEmpty()
                ? jobs.stream().map(each -> add(each, families)).toList()
                : addFamily(jobs, families);
    }

    private Added add(EncodedJob encoded, Families families) {
        NewJob job = encoded.job();
        if (isKnown(encoded)) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        Optional<UUID> holder = rows.holderOf(job.type().name(), job.uniqueKey());
        if (holder.isPresent()) {
            return new Added(holder.get(), Added.Outcome.KEY_TAKEN);
        }
        put(moves.add(encoded, families, 0));
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    private List<Added> addFamily(List<EncodedJob> jobs, Families families) {
        List<EncodedJob> unknown = jobs.stream().filter(each -> !isKnown(each)).toList();
        List<Job> rowsToAdd = inOrder(unknown, families);
        Optional<Added> refusal = families.refusal(rows::get, this::waiters)
                .or(() -> holderOfKeys(rowsToAdd).map(id -> new Added(id, Added.Outcome.CONFLICT)));
        if (refusal.isPresent()) {
            return jobs.stream().map(each -> refusal.get()).toList();
        }
        List<Added> answers = jobs.stream()
                .map(each -> new Added(each.job().id(), isKnown(each) ? Added.Outcome.ID_EXISTS : Added.Outcome.ADDED))
                .toList();
        putFamily(rowsToAdd, unknown);
        return answers;
    }

    private boolean isKnown(EncodedJob encoded) {
        return rows.get(encoded.job().id()) != null;
    }

    /** New rows, the children among them with places behind those that their parents have already. */
    private List<Job> inOrder(List<EncodedJob> jobs, Families families) {
        return jobs.stream()
                .map(each -> moves.add(each, families, rows.lastPlace(each.job().parentId())))
                .toList();
    }

    private void putFamily(List<Job> jobs, List<EncodedJob> encoded) {
        jobs.forEach(job -> cascade.move(job, Locale.ENGLISH));
        for (EncodedJob each : encoded) {
            List<UUID> others = each.job().predecessors();
            if (!others.isEmpty()) {
                rows.comesAfter(each.job().id(), others);
                others.forEach(id -> put(moves.withSuccessors(Objects.requireNonNull(rows.get(id)))));
            }
        }
    }

    /** Who keeps any of these jobs from being open together: an open job with its unique key, or it has that of another one of them. */
    private Optional<UUID> holderOfKeys(List<Job> jobs) {
        Set<List<String>> own = new HashSet<>();
        for (Job job : jobs) {
            String key = job.uniqueKey();
            Optional<UUID> holder = rows.holderOf(job.type(), key);
            if (holder.isPresent() || (key != null && !own.add(List.of(job.type(), key)))) {
                return Optional.of(holder.orElse(job.id()));
            }
        }
        return Optional.empty();
    }

    SealResult seal(UUID id, Locale locale) {
        Job group = rows.get(id);
        if (group == null) {
            return SealResult.NOT_FOUND;
        }
        if (group.ties().isSealed()) {
            return SealResult.ALREADY_SEALED;
        }
        put(moves.seal(group));
        cascade.look(id, locale);
        return SealResult.SEALED;
    }

    List<Job> claim(ClaimRequest request) {
        List<String> queues = new ArrayList<>(request.queues());
        queues.addAll(request.undoQueues());
        List<Job> claimed = new ArrayList<>();
        Due due = rows.due(queues, now());
        while (due.hasNext() && claimed.size() < request.limit()) {
            Job job = due.next();
            if (request.takes(job.type()) && !(isSuspect(job, request) && holdsSuspect(request, claimed))) {
                claimed.add(moves.claim(job, request.workerId()));
            }
        }
        claimed.forEach(this::put);
        return claimed;
    }

    private boolean holdsSuspect(ClaimRequest request, List<Job> claimed) {
        return Stream.concat(rows.heldBy(request.workerId()).stream(), claimed.stream())
                .anyMatch(job -> isSuspect(job, request));
    }

    private static boolean isSuspect(Job job, ClaimRequest request) {
        return job.lostWorkers() > 0 && job.lostWorkers() >= request.lostWorkersCap() - 1;
    }

    Settled settle(Settlement settlement) {
        Job job = rows.get(settlement.claim().jobId());
        Optional<Settled> refusal = JobMoves.refusal(job, settlement.claim());
        if (job == null || refusal.isPresent()) {
            return refusal.orElse(Settled.LOST);
        }
        if (settlement instanceof Settlement.AwaitChildren waiting
                && job.cancelRequestedAt() == null
                && !spawn(job.id(), waiting.spawn().jobs())) {
            return Settled.CONFLICT;
        }
        if (settlement instanceof Settlement.Complete complete
                && complete.deletes(job, !rows.stepsOf(job.id()).isEmpty())) {
            rows.delete(job);
            return Settled.APPLIED;
        }
        moves.failure(job, settlement).ifPresent(rows::put);
        cascade.move(moves.settle(job, settlement), settlement.locale());
        return job.cancelRequestedAt() != null ? Settled.CANCELLED : Settled.APPLIED;
    }

    /** Whether what a job spawns could be added. */
    private boolean spawn(UUID spawner, List<EncodedJob> jobs) {
        List<Job> rowsToAdd = inOrder(jobs, Families.ofSpawned(spawner, jobs));
        if (jobs.stream().anyMatch(this::isKnown) || holderOfKeys(rowsToAdd).isPresent()) {
            return false;
        }
        putFamily(rowsToAdd, jobs);
        return true;
    }

    StepBegun begin(Claim claim, StepName name, boolean hasUndo) {
        Job job = rows.get(claim.jobId());
        Optional<StepBegun> refused = JobMoves.refusedStep(job, claim);
        if (job == null || refused.isPresent()) {
            return refused.orElse(StepBegun.refused(Settled.LOST));
        }
        Optional<JobStep> standing = standing(claim, name);
        if (hasUndo) {
            put(moves.withUndo(job));
        }
        if (standing.isPresent()) {
            JobStep known = hasUndo ? JobMoves.withUndo(standing.get()) : standing.get();
            rows.put(known);
            return new StepBegun(Settled.ALREADY_APPLIED, known);
        }
        JobStep begun = moves.begin(claim, name, hasUndo, rows.stepsOf(job.id()).size());
        rows.put(begun);
        return new StepBegun(Settled.APPLIED, begun);
    }

    Settled finish(Claim claim, StepName name, @Nullable String result) {
        Optional<JobStep> standing = standing(claim, name);
        if (standing.isEmpty() || isRefused(claim)) {
            return Settled.LOST;
        }
        if (standing.get().isFinished()) {
            return Settled.ALREADY_APPLIED;
        }
        rows.put(moves.finish(standing.get(), result));
        return Settled.APPLIED;
    }

    Settled undone(Claim undo, JobStep undone) {
        Optional<JobStep> mine = rows.stepsOf(undone.jobId()).stream()
                .filter(step -> step.key().equals(undone.key()) && undo.jobId().equals(step.undoJobId()))
                .findFirst();
        if (mine.isEmpty() || isRefused(undo)) {
            return Settled.LOST;
        }
        if (mine.get().undoneAt() != null) {
            return Settled.ALREADY_APPLIED;
        }
        rows.put(moves.undone(mine.get()));
        return Settled.APPLIED;
    }

    private boolean isRefused(Claim claim) {
        return JobMoves.refusal(rows.get(claim.jobId()), claim).isPresent();
    }

    private Optional<JobStep> standing(Claim claim, StepName name) {
        return rows.stepsOf(claim.jobId()).stream()
                .filter(step -> step.stands() && StepName.of(step).equals(name))
                .findFirst();
    }

    void report(ProgressReport report) {
        Job job = rows.get(report.claim().jobId());
        if (job != null && JobMoves.refusal(job, report.claim()).isEmpty()) {
            put(moves.report(job, report.progress()));
            cascade.progressed(job);
        }
    }

    /** What a worker holds and is to stop. */
    List<Claim> toCancel(UUID workerId) {
        return rows.heldBy(workerId).stream()
                .filter(job -> job.cancelRequestedAt() != null)
                .map(Claim::of)
                .toList();
    }

    List<Job> running() {
        return rows.running();
    }

    TakenOver takeOver(Job job, TakeOverRequest request, RandomGenerator random) {
        Duration delay = Duration.ofMillis(random.nextLong(request.maxDelay().toMillis() + 1));
        Job taken = moves.takeOver(job, request, delay);
        if (taken.status() == JobStatus.FAILED) {
            rows.put(moves.failure(job, JobMoves.workerLost(taken, request)));
        }
        cascade.move(taken, request.locale());
        return new TakenOver(job.id(), taken.status(), job.workerId());
    }

    CancelResult cancel(UUID id, Locale locale) {
        Job job = rows.get(id);
        if (job == null) {
            return CancelResult.NOT_FOUND;
        }
        if (job.status().isFinal()) {
            return CancelResult.ALREADY_ENDED;
        }
        if (job.isUndo()) {
            return CancelResult.NOT_CANCELLABLE;
        }
        if (job.status() != JobStatus.PROCESSING) {
            cascade.move(moves.cancel(job), locale);
            return CancelResult.CANCELLED;
        }
        if (job.cancelRequestedAt() == null) {
            put(moves.requestCancel(job));
        }
        cancelRequested.add(Claim.of(job));
        return CancelResult.REQUESTED;
    }

    RetryResult retry(UUID id) {
        Job job = rows.get(id);
        if (job == null) {
            return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
        }
        if (!JobMoves.isRetryable(job)) {
            return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
        }
        RetryFamily family = RetryFamily.of(job, this);
        Optional<UUID> undo = family.members().stream()
                .flatMap(member -> rows.openUndo(member).stream())
                .findFirst();
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Optional<UUID> holder = holderOfKeys(family.members());
        if (holder.isPresent()) {
            return RetryResult.conflict(holder.get());
        }
        family.retried(moves).forEach(retried -> cascade.move(retried, Locale.ENGLISH));
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }

    int purge(Retention retention, int limit) {
        List<Job> old = rows.old(retention, now()).limit(limit).toList();
        old.forEach(rows::delete);
        return old.size();
    }

    @Override
    public @Nullable Job get(UUID id) {
        return rows.get(id);
    }

    @Override
    public void put(Job job) {
        Job before = rows.get(job.id());
        moves.undo(before, job).ifPresent(this::addUndo);
        hasReleased |= job.status() == JobStatus.PENDING && (before == null || before.status() != JobStatus.PROCESSING);
        rows.put(job);
    }

    private void addUndo(Job undo) {
        put(undo);
        UUID undoes = Objects.requireNonNull(undo.undoes());
        rows.stepsOf(undoes).forEach(step -> rows.put(JobMoves.handOver(step, undo.id())));
    }

    @Override
    protected Collection<Job> childrenOf(UUID parent) {
        return rows.childrenOf(parent);
    }

    @Override
    protected Collection<Job> predecessorsOf(UUID job) {
        return rows.predecessorsOf(job);
    }

    @Override
    protected Collection<UUID> successorsOf(UUID job) {
        return rows.successorsOf(job);
    }

    /** Asked whenever a child ends, so it must not read all the others. */
    @Override
    public Set<UUID> withOpenChildren(Set<UUID> parents) {
        return parents.stream().filter(rows::hasOpenChild).collect(Collectors.toSet());
    }
}
