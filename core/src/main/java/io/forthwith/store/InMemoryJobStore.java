package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A store in the memory of one process: for unit tests, and as the readable reference of the SPI. Nothing survives the
 * process. Thread-safe: one lock, each call is one critical section.
 */
public final class InMemoryJobStore implements JobStore {
    private final InstantSource clock;
    private final RandomGenerator random;
    private final JobTable jobs = new JobTable();
    private final Map<UUID, Instant> leases = new HashMap<>();
    private final Map<UUID, List<JobFailure>> failures = new HashMap<>();
    private final StepTable steps = new StepTable();
    private final Hints<Runnable> added = new Hints<>();
    private final Hints<Consumer<Claim>> cancelRequested = new Hints<>();

    /** An empty store on the system clock. */
    public InMemoryJobStore() {
        this(InstantSource.system(), RandomGenerator.getDefault());
    }

    /** An empty store whose clock is {@code clock} and whose jitter comes from {@code random}. */
    public InMemoryJobStore(InstantSource clock, RandomGenerator random) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.random = Objects.requireNonNull(random, "random");
    }

    @Override
    public List<Added> add(List<EncodedJob> newJobs) {
        Families families = Families.of(newJobs);
        List<Added> answers;
        synchronized (this) {
            families.requireNewChildrenToHaveNewParents(jobs::contains);
            Optional<UUID> taken = families.isEmpty() ? Optional.empty() : takenKey(newJobs);
            JobMoves moves = new JobMoves(now());
            answers = taken.isPresent()
                    ? newJobs.stream()
                            .map(job -> new Added(taken.get(), Added.Outcome.CONFLICT))
                            .toList()
                    : newJobs.stream().map(job -> addOne(job, families, moves)).toList();
        }
        added.give(Runnable::run);
        return answers;
    }

    private Optional<UUID> takenKey(List<EncodedJob> newJobs) {
        Set<UniqueKey> own = new HashSet<>();
        for (EncodedJob encoded : newJobs) {
            NewJob job = encoded.job();
            UniqueKey key = UniqueKey.of(job.type().name(), job.uniqueKey());
            if (key == null || jobs.contains(job.id())) {
                continue;
            }
            UUID holder = jobs.holderOf(key);
            if (holder != null || !own.add(key)) {
                return Optional.of(holder != null ? holder : job.id());
            }
        }
        return Optional.empty();
    }

    private Added addOne(EncodedJob encoded, Families families, JobMoves moves) {
        NewJob job = encoded.job();
        if (jobs.contains(job.id())) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        UUID holder = jobs.holderOf(UniqueKey.of(job.type().name(), job.uniqueKey()));
        if (holder != null) {
            return new Added(holder, Added.Outcome.KEY_TAKEN);
        }
        jobs.put(moves.add(encoded, families.isParent(job.id())));
        return new Added(job.id(), Added.Outcome.ADDED);
    }

    @Override
    public synchronized void register(WorkerInfo worker, Duration lease) {
        leases.put(worker.id(), now().plus(lease));
    }

    @Override
    public synchronized Beat beat(UUID workerId, Duration lease) {
        if (leases.computeIfPresent(workerId, (id, until) -> now().plus(lease)) == null) {
            return Beat.DEAD;
        }
        return new Beat(
                true,
                jobs.heldBy(workerId).stream()
                        .filter(job -> job.cancelRequestedAt() != null)
                        .map(Claim::of)
                        .toList());
    }

    @Override
    public synchronized void deregister(UUID workerId) {
        leases.remove(workerId);
    }

    @Override
    public synchronized List<Job> claim(ClaimRequest request) {
        Instant now = now();
        Instant lease = leases.get(request.workerId());
        if (lease == null || !lease.isAfter(now)) {
            return List.of();
        }
        int lastTry = request.lostWorkersCap() - 1;
        boolean holdsSuspect =
                lastTry > 0 && jobs.heldBy(request.workerId()).stream().anyMatch(job -> job.lostWorkers() >= lastTry);
        Set<String> queues = new HashSet<>(request.queues());
        queues.addAll(request.undoQueues());
        List<Job> claimed = new ArrayList<>();
        for (Job job : jobs.ready()) {
            if (claimed.size() == request.limit()) {
                break;
            }
            boolean suspect = lastTry > 0 && job.lostWorkers() >= lastTry;
            if (job.runAt().isAfter(now) || !queues.contains(job.queue()) || (suspect && holdsSuspect)) {
                continue;
            }
            holdsSuspect |= suspect;
            claimed.add(new JobMoves(now).claim(job, request.workerId()));
        }
        claimed.forEach(jobs::put);
        return claimed;
    }

    @Override
    public synchronized List<Claim> held(UUID workerId) {
        return jobs.heldBy(workerId).stream().map(Claim::of).toList();
    }

    @Override
    public synchronized List<Settled> settle(List<Settlement> settlements) {
        AtomicStep step = step();
        List<Settled> answers = settlements.stream().map(step::settle).toList();
        step.settleParents();
        return answers;
    }

    @Override
    public synchronized List<TakenOver> takeOver(TakeOverRequest request) {
        AtomicStep step = step();
        leases.values().removeIf(until -> !until.isAfter(step.now()));
        List<TakenOver> taken = jobs.processing().stream()
                .filter(job -> !leases.containsKey(job.workerId()))
                .map(job -> step.takeOver(job, request, random))
                .toList();
        step.settleParents();
        return taken;
    }

    @Override
    public synchronized StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        Job job = jobs.get(claim.jobId());
        Optional<StepBegun> refused = JobMoves.refusedStep(job, claim);
        if (job == null || refused.isPresent()) {
            return refused.orElse(StepBegun.refused(Settled.LOST));
        }
        Optional<JobStep> standing = steps.standing(job.id(), name);
        JobMoves moves = new JobMoves(now());
        if (hasUndo && !job.hasUndo()) {
            jobs.put(moves.withUndo(job));
        }
        if (standing.isPresent()) {
            JobStep old = standing.get();
            JobStep known = hasUndo ? JobMoves.withUndo(old) : old;
            steps.change(job.id(), step -> step.equals(old) ? known : step);
            return new StepBegun(Settled.ALREADY_APPLIED, known);
        }
        JobStep begun = moves.begin(claim, name, hasUndo, steps.of(job.id()).size());
        steps.add(begun);
        return new StepBegun(Settled.APPLIED, begun);
    }

    @Override
    public synchronized Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        if (JobMoves.refusal(jobs.get(claim.jobId()), claim).isPresent()) {
            return Settled.LOST;
        }
        Optional<JobStep> standing = steps.standing(claim.jobId(), name);
        if (standing.isEmpty() || standing.get().isFinished()) {
            return standing.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED;
        }
        JobStep begun = standing.get();
        JobStep finished = new JobMoves(now()).finish(begun, result);
        steps.change(claim.jobId(), step -> step.equals(begun) ? finished : step);
        return Settled.APPLIED;
    }

    @Override
    public synchronized Settled stepUndone(Claim undo, JobStep undone) {
        if (JobMoves.refusal(jobs.get(undo.jobId()), undo).isPresent()) {
            return Settled.LOST;
        }
        Optional<JobStep> mine = steps.of(undone.jobId()).stream()
                .filter(step -> step.key().equals(undone.key()) && undo.jobId().equals(step.undoJobId()))
                .findFirst();
        if (mine.isEmpty() || mine.get().undoneAt() != null) {
            return mine.isEmpty() ? Settled.LOST : Settled.ALREADY_APPLIED;
        }
        JobMoves moves = new JobMoves(now());
        steps.change(undone.jobId(), step -> step.equals(mine.get()) ? moves.undone(step) : step);
        return Settled.APPLIED;
    }

    @Override
    public synchronized List<JobStep> steps(UUID jobId) {
        return steps.of(jobId);
    }

    @Override
    public synchronized void report(List<ProgressReport> reports) {
        JobMoves moves = new JobMoves(now());
        for (ProgressReport report : reports) {
            Job job = jobs.get(report.claim().jobId());
            if (job != null && JobMoves.refusal(job, report.claim()).isEmpty()) {
                jobs.put(moves.report(job, report.progress()));
            }
        }
    }

    @Override
    public synchronized Optional<Job> find(UUID id) {
        return Optional.ofNullable(jobs.get(id));
    }

    @Override
    public synchronized List<JobFailure> failures(UUID id) {
        return List.copyOf(failures.getOrDefault(id, List.of()));
    }

    @Override
    public synchronized List<Job> list(JobQuery query) {
        return select(query)
                .filter(job -> query.before() == null || JobTable.ID_ORDER.compare(job.id(), query.before()) < 0)
                .limit(query.limit())
                .toList();
    }

    @Override
    public synchronized long count(JobQuery query) {
        return select(query).count();
    }

    private Stream<Job> select(JobQuery query) {
        return jobs.newestFirst()
                .filter(job -> query.statuses().isEmpty() || query.statuses().contains(job.status()))
                .filter(job -> query.type() == null || query.type().equals(job.type()))
                .filter(job -> query.userId() == null || query.userId().equals(job.userId()))
                .filter(job -> query.projectId() == null || query.projectId().equals(job.projectId()))
                .filter(job -> query.queue() == null || query.queue().equals(job.queue()))
                .filter(job -> query.parentId() == null || query.parentId().equals(job.parentId()))
                .filter(job -> query.errorCode() == null || query.errorCode().equals(job.errorCode()))
                .filter(job -> !query.onlyUndos() || job.isUndo());
    }

    @Override
    public CancelResult cancel(UUID id, Locale locale) {
        Cancellation cancelled = cancelNow(id, locale);
        Claim running = cancelled.running;
        if (running != null) {
            cancelRequested.give(listener -> listener.accept(running));
        }
        return cancelled.result;
    }

    private synchronized Cancellation cancelNow(UUID id, Locale locale) {
        Job job = jobs.get(id);
        if (job == null) {
            return new Cancellation(CancelResult.NOT_FOUND, null);
        }
        if (job.status().isFinal()) {
            return new Cancellation(CancelResult.ALREADY_ENDED, null);
        }
        if (job.isUndo()) {
            return new Cancellation(CancelResult.NOT_CANCELLABLE, null);
        }
        AtomicStep step = step();
        if (job.status() == JobStatus.PROCESSING) {
            if (job.cancelRequestedAt() == null) {
                jobs.put(step.moves().requestCancel(job));
            }
            return new Cancellation(CancelResult.REQUESTED, Claim.of(job));
        }
        step.put(step.moves().cancel(job), locale);
        step.settleParents();
        return new Cancellation(CancelResult.CANCELLED, null);
    }

    @Override
    public RetryResult retry(UUID id) {
        RetryResult result = retryNow(id);
        if (result.outcome() == RetryResult.Outcome.RETRIED) {
            added.give(Runnable::run);
        }
        return result;
    }

    private synchronized RetryResult retryNow(UUID id) {
        Job job = jobs.get(id);
        if (job == null) {
            return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
        }
        if (!JobMoves.isRetryable(job)) {
            return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
        }
        List<Job> family = new ArrayList<>();
        collectRetryable(job, family);
        Optional<UUID> undo = family.stream().flatMap(this::openUndos).findFirst();
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Set<UniqueKey> own = new HashSet<>();
        for (Job member : family) {
            UniqueKey key = UniqueKey.of(member.type(), member.uniqueKey());
            UUID holder = jobs.holderOf(key);
            if (holder != null || (key != null && !own.add(key))) {
                return RetryResult.conflict(holder != null ? holder : member.id());
            }
        }
        AtomicStep step = step();
        family.forEach(member -> step.put(step.moves().retry(member, jobs.hasChildren(member.id())), Locale.ENGLISH));
        step.settleParents();
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }

    /** The jobs that have yet to undo the steps of {@code job}. */
    private Stream<UUID> openUndos(Job job) {
        return steps.of(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(undo -> undo != null && jobs.isOpen(undo))
                .distinct();
    }

    private void collectRetryable(Job job, List<Job> into) {
        into.add(job);
        for (Job child : jobs.childrenOf(job.id())) {
            if (JobMoves.isRetryable(child)) {
                collectRetryable(child, into);
            }
        }
    }

    @Override
    public synchronized int purge(Retention retention, int limit) {
        Instant now = now();
        List<Job> old = jobs.all()
                .filter(job -> endedBefore(job, retention, now))
                .filter(job -> !jobs.isOpen(job.parentId()))
                .filter(job -> openUndos(job).findAny().isEmpty())
                .limit(limit)
                .toList();
        for (Job job : old) {
            jobs.remove(job);
            failures.remove(job.id());
            steps.remove(job.id());
        }
        return old.size();
    }

    private static boolean endedBefore(Job job, Retention retention, Instant now) {
        Instant end = job.completedAt();
        Duration kept = job.status() == JobStatus.FAILED ? retention.failed() : retention.completed();
        return end != null && !end.plus(kept).isAfter(now);
    }

    @Override
    public Subscription onAdded(Runnable hint) {
        return added.add(hint);
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    private AtomicStep step() {
        return new AtomicStep(jobs, failures, steps, now());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** What became of a cancellation, and the claim whose worker has to be asked, if there is one. */
    private record Cancellation(
            CancelResult result, @Nullable Claim running) {}
}
