package io.forthwith.store;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobFailure;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private final List<Runnable> hints = new CopyOnWriteArrayList<>();

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
    public List<Added> add(List<EncodedJob> added) {
        Families families = Families.of(added);
        List<Added> answers;
        synchronized (this) {
            families.requireNewChildrenToHaveNewParents(jobs::contains);
            Optional<UUID> taken = families.isEmpty() ? Optional.empty() : takenKey(added);
            answers = taken.isPresent()
                    ? added.stream()
                            .map(job -> new Added(taken.get(), Added.Outcome.CONFLICT))
                            .toList()
                    : added.stream().map(job -> addOne(job, families)).toList();
        }
        hints.forEach(Runnable::run);
        return answers;
    }

    private Optional<UUID> takenKey(List<EncodedJob> added) {
        Set<UniqueKey> own = new HashSet<>();
        for (EncodedJob encoded : added) {
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

    private Added addOne(EncodedJob encoded, Families families) {
        NewJob job = encoded.job();
        if (jobs.contains(job.id())) {
            return new Added(job.id(), Added.Outcome.ID_EXISTS);
        }
        UUID holder = jobs.holderOf(UniqueKey.of(job.type().name(), job.uniqueKey()));
        if (holder != null) {
            return new Added(holder, Added.Outcome.KEY_TAKEN);
        }
        Instant now = now();
        jobs.put(Job.builder(job.id(), job.type().name(), now)
                .parentId(job.parentId())
                .userId(job.userId())
                .projectId(job.projectId())
                .queue(job.queue())
                .priority(job.priority())
                .uniqueKey(job.uniqueKey())
                .maxAttempts(job.maxAttempts())
                .status(families.isParent(job.id()) ? JobStatus.WAITING : JobStatus.PENDING)
                .input(encoded.input())
                .runAt(now.plus(job.delay()))
                .build());
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
        List<Job> claimed = new ArrayList<>();
        for (Job job : jobs.ready()) {
            if (claimed.size() == request.limit()) {
                break;
            }
            boolean suspect = lastTry > 0 && job.lostWorkers() >= lastTry;
            if (job.runAt().isAfter(now) || !request.queues().contains(job.queue()) || (suspect && holdsSuspect)) {
                continue;
            }
            holdsSuspect |= suspect;
            claimed.add(move(job, JobStatus.PROCESSING, now)
                    .claim(job.claim() + 1)
                    .workerId(request.workerId())
                    .attempt(job.attempt() + 1)
                    .startedAt(now)
                    .build());
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
        return settlements.stream().map(this::settle).toList();
    }

    private Settled settle(Settlement settlement) {
        Claim claim = settlement.claim();
        Job job = jobs.get(claim.jobId());
        if (job == null || job.claim() != claim.number()) {
            return Settled.LOST;
        }
        if (job.status() != JobStatus.PROCESSING) {
            return job.status() == JobStatus.CANCELLED ? Settled.CANCELLED : Settled.ALREADY_APPLIED;
        }
        if (!claim.workerId().equals(job.workerId())) {
            return Settled.LOST;
        }
        if (job.cancelRequestedAt() != null) {
            end(job, JobStatus.CANCELLED, null, languageOf(settlement));
            return Settled.CANCELLED;
        }
        apply(job, settlement);
        return Settled.APPLIED;
    }

    /** The one place where a settlement becomes a row. */
    private void apply(Job job, Settlement settlement) {
        Instant now = now();
        if (settlement instanceof Settlement.Complete complete) {
            jobs.put(move(job, JobStatus.COMPLETED, now)
                    .result(complete.result())
                    .progress(job.progress().withPercent(100))
                    .error(null)
                    .completedAt(now)
                    .build());
            settleParent(job.parentId(), languageOf(settlement));
        } else if (settlement instanceof Settlement.Fail fail) {
            remember(job, fail.error(), now);
            end(job, JobStatus.FAILED, fail.error(), fail.locale());
        } else if (settlement instanceof Settlement.Retry retry) {
            remember(job, retry.error(), now);
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
            settleParent(job.id(), await.locale());
        } else {
            throw new AssertionError("Unknown settlement " + settlement);
        }
    }

    private void remember(Job job, JobError error, Instant now) {
        failures.computeIfAbsent(job.id(), id -> new ArrayList<>())
                .add(new JobFailure(
                        job.id(),
                        job.claim(),
                        job.attempt(),
                        error.kind(),
                        error.code(),
                        error.message(),
                        error.exceptionClass(),
                        error.trace(),
                        job.workerId(),
                        job.startedAt(),
                        now));
    }

    @Override
    public synchronized List<TakenOver> takeOver(TakeOverRequest request) {
        Instant now = now();
        leases.values().removeIf(until -> !until.isAfter(now));
        return jobs.processing().stream()
                .filter(job -> !leases.containsKey(job.workerId()))
                .map(job -> takeOver(job, request))
                .toList();
    }

    private TakenOver takeOver(Job job, TakeOverRequest request) {
        Instant now = now();
        Job lost = job.toBuilder()
                .claim(job.claim() + 1)
                .attempt(job.attempt() - 1)
                .lostWorkers(job.lostWorkers() + 1)
                .build();
        JobStatus next;
        if (job.cancelRequestedAt() != null) {
            next = JobStatus.CANCELLED;
            end(lost, next, null, request.locale());
        } else if (lost.lostWorkers() >= request.lostWorkersCap()) {
            next = JobStatus.FAILED;
            remember(job, request.capError(), now);
            end(lost, next, request.capError(), request.locale());
        } else {
            next = JobStatus.PENDING;
            long micros = request.maxDelay().toNanos() / 1_000;
            Duration delay = Duration.of(random.nextLong(micros + 1), ChronoUnit.MICROS);
            jobs.put(move(lost, next, now).runAt(now.plus(delay)).build());
        }
        return new TakenOver(job.id(), next, job.workerId());
    }

    @Override
    public synchronized void report(List<ProgressReport> reports) {
        for (ProgressReport report : reports) {
            Claim claim = report.claim();
            Job job = jobs.get(claim.jobId());
            if (job != null
                    && job.status() == JobStatus.PROCESSING
                    && job.claim() == claim.number()
                    && claim.workerId().equals(job.workerId())) {
                jobs.put(job.toBuilder()
                        .progress(report.progress())
                        .updatedAt(now())
                        .build());
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
                .filter(job -> query.parentId() == null || query.parentId().equals(job.parentId()));
    }

    @Override
    public synchronized CancelResult cancel(UUID id, Locale locale) {
        Job job = jobs.get(id);
        if (job == null) {
            return CancelResult.NOT_FOUND;
        }
        if (job.status().isFinal()) {
            return CancelResult.ALREADY_ENDED;
        }
        if (job.status() == JobStatus.PROCESSING) {
            if (job.cancelRequestedAt() == null) {
                jobs.put(job.toBuilder()
                        .cancelRequestedAt(now())
                        .updatedAt(now())
                        .build());
            }
            return CancelResult.REQUESTED;
        }
        end(job, JobStatus.CANCELLED, null, locale);
        return CancelResult.CANCELLED;
    }

    @Override
    public RetryResult retry(UUID id) {
        synchronized (this) {
            Job job = jobs.get(id);
            if (job == null) {
                return RetryResult.of(RetryResult.Outcome.NOT_FOUND);
            }
            if (!job.status().canBecome(JobStatus.PENDING) || job.status().isOpen()) {
                return RetryResult.of(RetryResult.Outcome.NOT_RETRYABLE);
            }
            List<Job> family = new ArrayList<>();
            collectEnded(job, family);
            Set<UniqueKey> own = new HashSet<>();
            for (Job member : family) {
                UniqueKey key = UniqueKey.of(member.type(), member.uniqueKey());
                UUID holder = jobs.holderOf(key);
                if (holder != null || (key != null && !own.add(key))) {
                    return RetryResult.conflict(holder != null ? holder : member.id());
                }
            }
            family.forEach(this::reset);
            // The deepest parents first: one whose children have all completed ends at once.
            for (int i = family.size() - 1; i >= 0; i--) {
                settleParent(family.get(i).id(), Locale.ENGLISH);
            }
        }
        hints.forEach(Runnable::run);
        return RetryResult.of(RetryResult.Outcome.RETRIED);
    }

    private void collectEnded(Job job, List<Job> into) {
        into.add(job);
        for (Job child : jobs.childrenOf(job.id())) {
            if (child.status() == JobStatus.FAILED || child.status() == JobStatus.CANCELLED) {
                collectEnded(child, into);
            }
        }
    }

    private void reset(Job job) {
        Instant now = now();
        jobs.put(move(job, jobs.hasChildren(job.id()) ? JobStatus.WAITING : JobStatus.PENDING, now)
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
    }

    @Override
    public synchronized int purge(Retention retention, int limit) {
        Instant now = now();
        List<Job> old = jobs.all()
                .filter(job -> endedBefore(job, retention, now))
                .filter(job -> !jobs.isOpen(job.parentId()))
                .limit(limit)
                .toList();
        for (Job job : old) {
            jobs.remove(job);
            failures.remove(job.id());
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
        hints.add(hint);
        return () -> hints.remove(hint);
    }

    private void end(Job job, JobStatus status, @Nullable JobError error, Locale locale) {
        Instant now = now();
        jobs.put(move(job, status, now).error(error).completedAt(now).build());
        settleParent(job.parentId(), locale);
    }

    /** Settles the waiting parent {@code id} as its children stand now, and if it ends, its own parent. */
    private void settleParent(@Nullable UUID id, Locale locale) {
        Job parent = id == null ? null : jobs.get(id);
        if (parent == null || parent.status() != JobStatus.WAITING) {
            return;
        }
        List<Job> children = jobs.childrenOf(parent.id());
        ParentRule.Verdict verdict = ParentRule.decide(count(children), firstFailure(children), locale);
        Job.Builder next = verdict.status() == JobStatus.WAITING
                ? parent.toBuilder().updatedAt(now())
                : move(parent, verdict.status(), now()).error(verdict.error()).completedAt(now());
        jobs.put(next.progress(parent.progress().withPercent(verdict.percent())).build());
        if (verdict.status().isFinal()) {
            settleParent(parent.parentId(), locale);
        }
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

    private static Job.Builder move(Job job, JobStatus next, Instant now) {
        return job.toBuilder().status(job.status().become(next)).updatedAt(now);
    }

    private static Locale languageOf(Settlement settlement) {
        if (settlement instanceof Settlement.Fail fail) {
            return fail.locale();
        }
        return settlement instanceof Settlement.AwaitChildren await ? await.locale() : Locale.ENGLISH;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
