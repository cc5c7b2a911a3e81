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
import java.util.function.Function;
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
        List<Added> answers = families.isEmpty() ? addEach(newJobs, families) : addFamilies(newJobs, families);
        added.give(Runnable::run);
        return answers;
    }

    private synchronized List<Added> addEach(List<EncodedJob> newJobs, Families families) {
        JobMoves moves = new JobMoves(now());
        List<Added> answers = new ArrayList<>();
        for (EncodedJob encoded : newJobs) {
            NewJob job = encoded.job();
            UUID holder = jobs.holderOf(UniqueKey.of(job.type().name(), job.uniqueKey()));
            if (jobs.contains(job.id())) {
                answers.add(new Added(job.id(), Added.Outcome.ID_EXISTS));
            } else if (holder != null) {
                answers.add(new Added(holder, Added.Outcome.KEY_TAKEN));
            } else {
                jobs.put(moves.add(encoded, families, 0));
                answers.add(new Added(job.id(), Added.Outcome.ADDED));
            }
        }
        return answers;
    }

    /** All of it, or nothing. */
    private List<Added> addFamilies(List<EncodedJob> newJobs, Families families) {
        return stepped(step -> {
            Optional<Added> refusal = families.refusal(jobs::get, step::waiters)
                    .or(() -> jobs.takenKey(newJobs).map(id -> new Added(id, Added.Outcome.CONFLICT)));
            if (refusal.isPresent()) {
                return newJobs.stream().map(job -> refusal.get()).toList();
            }
            List<EncodedJob> fresh = newJobs.stream()
                    .filter(encoded -> !jobs.contains(encoded.job().id()))
                    .toList();
            List<Added> answers = newJobs.stream()
                    .map(encoded -> encoded.job().id())
                    .map(id -> new Added(id, jobs.contains(id) ? Added.Outcome.ID_EXISTS : Added.Outcome.ADDED))
                    .toList();
            step.add(fresh, families);
            return answers;
        });
    }

    @Override
    public SealResult seal(UUID id, Locale locale) {
        return stepped(step -> {
            Job group = jobs.get(id);
            if (group == null || group.ties().isSealed()) {
                return group == null ? SealResult.NOT_FOUND : SealResult.ALREADY_SEALED;
            }
            step.put(step.moves().seal(group));
            step.cascade().look(id, locale);
            return SealResult.SEALED;
        });
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
            if (job.runAt().isAfter(now)
                    || !queues.contains(job.queue())
                    || !request.takes(job.type())
                    || (suspect && holdsSuspect)) {
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
    public List<Settled> settle(List<Settlement> settlements) {
        // What makes no sense is refused before anything has changed.
        settlements.forEach(AtomicStep::spawned);
        return stepped(step -> settlements.stream().map(step::settle).toList());
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return stepped(step -> {
            leases.values().removeIf(until -> !until.isAfter(step.now()));
            return jobs.processing().stream()
                    .filter(job -> !leases.containsKey(job.workerId()))
                    .map(job -> step.takeOver(job, request, random))
                    .toList();
        });
    }

    /** Does a step, and then tells without the lock of jobs that may be claimed because of it, and of those that are to be cancelled. */
    private <T> T stepped(Function<AtomicStep, T> work) {
        AtomicStep step;
        T answer;
        synchronized (this) {
            step = new AtomicStep(jobs, failures, steps, now());
            answer = work.apply(step);
            step.end();
        }
        step.cancelRequested().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (step.hasReleased()) {
            added.give(Runnable::run);
        }
        return answer;
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
    public void report(List<ProgressReport> reports) {
        stepped(step -> {
            reports.forEach(step::report);
            return true;
        });
    }

    @Override
    public synchronized List<Job> children(UUID parentId, int after, int limit) {
        return jobs.childrenOf(parentId).stream()
                .filter(child -> !child.ties().isSecondPart())
                .filter(child -> Objects.requireNonNullElse(child.ties().position(), Integer.MAX_VALUE) > after)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Job> predecessors(UUID id) {
        return jobs.predecessorsOf(id);
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
        return stepped(step -> {
            Job job = jobs.get(id);
            if (job == null) {
                return CancelResult.NOT_FOUND;
            }
            if (job.status().isFinal()) {
                return CancelResult.ALREADY_ENDED;
            }
            if (job.isUndo()) {
                return CancelResult.NOT_CANCELLABLE;
            }
            if (job.status() == JobStatus.PROCESSING) {
                step.requestCancel(job);
                return CancelResult.REQUESTED;
            }
            step.cascade().move(step.moves().cancel(job), locale);
            return CancelResult.CANCELLED;
        });
    }

    @Override
    public RetryResult retry(UUID id) {
        RetryResult result = stepped(step -> retry(id, step));
        if (result.outcome() == RetryResult.Outcome.RETRIED) {
            added.give(Runnable::run);
        }
        return result;
    }

    private RetryResult retry(UUID id, AtomicStep step) {
        Job job = jobs.get(id);
        if (job == null) {
            return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
        }
        if (!JobMoves.isRetryable(job)) {
            return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
        }
        RetryFamily family = RetryFamily.of(job, step);
        Optional<UUID> undo = family.members().stream().flatMap(this::openUndos).findFirst();
        if (undo.isPresent()) {
            return RetryResult.undoOpen(undo.get());
        }
        Set<UniqueKey> own = new HashSet<>();
        for (Job member : family.members()) {
            UniqueKey key = UniqueKey.of(member.type(), member.uniqueKey());
            UUID holder = jobs.holderOf(key);
            if (holder != null || (key != null && !own.add(key))) {
                return RetryResult.conflict(holder != null ? holder : member.id());
            }
        }
        family.retried(step.moves()).forEach(retried -> step.cascade().move(retried, Locale.ENGLISH));
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }

    /** The jobs that have yet to undo the steps of {@code job}. */
    private Stream<UUID> openUndos(Job job) {
        return steps.of(job.id()).stream()
                .map(JobStep::undoJobId)
                .filter(undo -> undo != null && jobs.isOpen(undo))
                .distinct();
    }

    @Override
    public int purge(Retention retention, int limit) {
        return stepped(step -> {
            List<Job> old = jobs.all()
                    .filter(job -> endedBefore(job, retention, step.now()))
                    .filter(job -> jobs.isDone(job.parentId()))
                    .filter(job -> jobs.successorsOf(job.id()).stream().allMatch(jobs::isDone))
                    .filter(job -> openUndos(job).findAny().isEmpty())
                    .limit(limit)
                    .toList();
            old.forEach(step::delete);
            return old.size();
        });
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
    public void wake() {
        added.give(Runnable::run);
    }

    /** All there are share the memory. */
    @Override
    public boolean hearsOthers() {
        return true;
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
