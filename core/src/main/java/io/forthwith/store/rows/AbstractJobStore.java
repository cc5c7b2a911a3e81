package io.forthwith.store.rows;

import io.forthwith.CancelResult;
import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.RetryResult;
import io.forthwith.SealResult;
import io.forthwith.store.Added;
import io.forthwith.store.Beat;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.HintListeners;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.WorkerInfo;
import io.forthwith.store.rules.Cascade;
import io.forthwith.store.rules.NewFamilies;
import io.forthwith.store.rules.SettleRule;
import io.forthwith.store.rules.Transitions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A store on an engine that does atomic steps on rows: maps under a lock, a key-value store on disk, whatever has serializable transactions.
 * All that such a store has to say is how a step is {@linkplain #atomically done} and how its {@linkplain JobRows rows} are read and
 * written. Which jobs move, what follows from that and who is told is written here. {@link InMemoryJobStore} is one.
 *
 * <p>Each call is one step; what comes of it is told when it is durable, by the thread of the caller. What makes no sense is refused before
 * the step is begun.
 *
 * <p>Rows are read one by one, and a step locks what it reads, if the engine has locks. A store that answers a call by a few statements, and
 * says what it locks, implements {@link JobStore} itself, with {@link Transitions}, {@link NewFamilies} and {@link Cascade}.
 *
 * <p>Thread-safe if {@link #atomically} is.
 */
public abstract class AbstractJobStore implements JobStore {
    private final InstantSource clock;
    private final RandomGenerator random;
    private final HintListeners<Runnable> added = new HintListeners<>();
    private final HintListeners<Consumer<Claim>> cancelRequested = new HintListeners<>();

    /**
     * For stores.
     *
     * @param clock the store's clock: where several processes share the rows, one that they share as well
     * @param random what take-over spreads jobs by
     */
    protected AbstractJobStore(InstantSource clock, RandomGenerator random) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.random = Objects.requireNonNull(random, "random");
    }

    /**
     * Does a step: when this returns, all that was put and deleted in it is durable. If it throws, because the step or the engine did, none
     * of it is, unless the exception is a {@link JobStoreException} of {@link JobStoreException.Kind#UNKNOWN_OUTCOME}. Steps of several
     * threads have the same outcome as if they were done one after the other.
     *
     * <p>A step may be done on any thread, and again as a whole, on what the rows are by then, if an engine finds that others were in its
     * way. No step is done within another.
     *
     * @return what the step returned, never null
     * @throws JobStoreException if the engine fails; what the step throws is passed on as it is
     */
    protected abstract <T> T atomically(Function<? super JobRows, T> step);

    @Override
    public final List<Added> add(List<EncodedJob> jobs) {
        NewFamilies families = NewFamilies.of(jobs);
        return step(step -> new RowAdding(step).add(jobs, families));
    }

    @Override
    public final SealResult seal(UUID id, Locale locale) {
        return step(step -> new RowControl(step).seal(id, locale));
    }

    @Override
    public final void register(WorkerInfo worker, Duration lease) {
        atomically(rows -> {
            rows.leases().put(worker.id(), now().plus(lease));
            return true;
        });
    }

    @Override
    public final Beat beat(UUID workerId, Duration lease) {
        return atomically(rows -> {
            if (rows.leases().replace(workerId, now().plus(lease)) == null) {
                return Beat.DEAD;
            }
            return new Beat(
                    true,
                    rows.heldBy(workerId)
                            .filter(job -> job.cancelRequestedAt() != null)
                            .map(Claim::of)
                            .toList());
        });
    }

    @Override
    public final void deregister(UUID workerId) {
        atomically(rows -> {
            rows.leases().remove(workerId);
            return true;
        });
    }

    @Override
    public final List<Job> claim(ClaimRequest request) {
        return atomically(rows -> {
            Instant now = now();
            Instant lease = rows.leases().get(request.workerId());
            return lease == null || !lease.isAfter(now)
                    ? List.of()
                    : new RowClaiming(rows, new Transitions(now), request).claim();
        });
    }

    @Override
    public final List<Claim> held(UUID workerId) {
        return atomically(rows -> rows.heldBy(workerId).map(Claim::of).toList());
    }

    @Override
    public final List<Settled> settle(List<Settlement> settlements) {
        SettleRule.check(settlements);
        return step(step -> {
            RowSettling settling = new RowSettling(step);
            return settlements.stream().map(settling::settle).toList();
        });
    }

    @Override
    public final List<TakenOver> takeOver(TakeOverRequest request) {
        return step(step -> new RowSettling(step).takeOver(request, random));
    }

    @Override
    public final StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return atomically(rows -> new RowSteps(rows, moves()).begin(claim, name, hasUndo));
    }

    @Override
    public final Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return atomically(rows -> new RowSteps(rows, moves()).finish(claim, name, result));
    }

    @Override
    public final Settled stepUndone(Claim undo, JobStep undone) {
        return atomically(rows -> new RowSteps(rows, moves()).undone(undo, undone));
    }

    @Override
    public final List<JobStep> steps(UUID jobId) {
        return atomically(rows -> rows.steps(jobId));
    }

    @Override
    public final void report(List<ProgressReport> reports) {
        step(step -> {
            reports.forEach(new RowSettling(step)::report);
            return true;
        });
    }

    @Override
    public final Optional<Job> find(UUID id) {
        return atomically(rows -> Optional.ofNullable(rows.get(id)));
    }

    @Override
    public final List<Job> children(UUID parentId, int after, int limit) {
        return atomically(rows -> rows.children(parentId, Math.max(after, JobRelations.FINISHER))
                .limit(limit)
                .toList());
    }

    @Override
    public final List<Job> predecessors(UUID id) {
        return atomically(rows -> rows.predecessors(id));
    }

    @Override
    public final List<JobFailure> failures(UUID id) {
        return atomically(rows -> rows.failures(id));
    }

    /** Reads all jobs on the way; to be overridden where queries are asked often of many. */
    @Override
    public List<Job> list(JobQuery query) {
        return atomically(rows -> rows.newestFirst(query.before())
                .filter(query::selects)
                .limit(query.limit())
                .toList());
    }

    /** Reads all jobs; to be overridden as {@link #list}. */
    @Override
    public long count(JobQuery query) {
        return atomically(rows -> rows.newestFirst(null).filter(query::selects).count());
    }

    @Override
    public final CancelResult cancel(UUID id, Locale locale) {
        return step(step -> new RowControl(step).cancel(id, locale));
    }

    @Override
    public final RetryResult retry(UUID id) {
        return step(step -> new RowControl(step).retry(id));
    }

    @Override
    public final int purge(Retention retention, int limit) {
        return atomically(rows -> new RowPurging(rows, moves()).purge(retention, limit));
    }

    @Override
    public final Subscription onAdded(Runnable hint) {
        return added.add(hint);
    }

    /**
     * Tells those in this process. A store that others share overrides this to tell those as well, and calls {@code super.wake()} when it
     * is told by them. Called when a step is durable, so it must not throw.
     */
    @Override
    public void wake() {
        added.give(Runnable::run);
    }

    @Override
    public final Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    /** Does a step in which jobs move, and then tells of those that may be claimed because of it, and of those that are to be cancelled. */
    private <T> T step(Function<RowTransaction, T> work) {
        Done<T> done = atomically(rows -> {
            RowTransaction step = new RowTransaction(rows, moves());
            T answer = work.apply(step);
            step.end();
            return new Done<>(step, answer);
        });
        done.step().cancelRequested().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (done.step().hasReleased()) {
            wake();
        }
        return done.answer();
    }

    private record Done<T>(RowTransaction step, T answer) {}

    private Transitions moves() {
        return new Transitions(now());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
