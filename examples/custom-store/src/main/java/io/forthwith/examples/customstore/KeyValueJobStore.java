package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStep;
import io.forthwith.store.Added;
import io.forthwith.store.Beat;
import io.forthwith.store.CancelResult;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Families;
import io.forthwith.store.Hints;
import io.forthwith.store.JobQuery;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Retention;
import io.forthwith.store.RetryResult;
import io.forthwith.store.SealResult;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepBegun;
import io.forthwith.store.StepName;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.WorkerInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A store in one file of H2's MVStore, a sorted key-value map on disk, for one process. What a call has answered survives a crash; jobs
 * that nobody asks for take no memory.
 *
 * <p>Each call is a {@link Step}, done by the one thread that {@link KeyValueFile} has, and so after all others. {@link Rows} says what is
 * kept and how it is found.
 *
 * <p>Workers are not written down. They live in the process that has the file open, so after a restart none is left, and {@link
 * #takeOver} finds what they held.
 *
 * <p>Thread-safe.
 */
public final class KeyValueJobStore implements JobStore, AutoCloseable {
    private final KeyValueFile file;
    private final InstantSource clock;
    private final RandomGenerator random = RandomGenerator.getDefault();
    /** Used within steps only, so by one thread. */
    private final Map<UUID, Instant> leases = new HashMap<>();

    private final Hints<Runnable> added = new Hints<>();
    private final Hints<Consumer<Claim>> cancelRequested = new Hints<>();

    private KeyValueJobStore(KeyValueFile file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
    }

    /**
     * Opens a store, with the jobs it had when it was last open.
     *
     * @param file made if there is none; one store at a time may have it open
     * @throws io.forthwith.store.JobStoreException if it cannot be read or is open already
     */
    public static KeyValueJobStore open(Path file, InstantSource clock) {
        return open(file.toString(), clock);
    }

    /** @param name as MVStore understands it, which may name another file system */
    static KeyValueJobStore open(String name, InstantSource clock) {
        KeyValueFile file = new KeyValueFile(name);
        try {
            file.atomically(rows -> true);
        } catch (RuntimeException refused) {
            file.close();
            throw refused;
        }
        return new KeyValueJobStore(file, clock);
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        Families families = Families.of(jobs);
        return step(step -> step.add(jobs, families));
    }

    @Override
    public SealResult seal(UUID id, Locale locale) {
        return step(step -> step.seal(id, locale));
    }

    @Override
    public void register(WorkerInfo worker, Duration lease) {
        step(step -> leases.put(worker.id(), step.now().plus(lease)) == null);
    }

    @Override
    public Beat beat(UUID workerId, Duration lease) {
        return step(step -> {
            if (leases.replace(workerId, step.now().plus(lease)) == null) {
                return Beat.DEAD;
            }
            return new Beat(true, step.toCancel(workerId));
        });
    }

    @Override
    public void deregister(UUID workerId) {
        step(step -> leases.remove(workerId) == null);
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        return step(step -> isAlive(request.workerId(), step.now()) ? step.claim(request) : List.of());
    }

    @Override
    public List<Claim> held(UUID workerId) {
        return read(rows -> rows.heldBy(workerId).stream().map(Claim::of).toList());
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        return step(step -> settlements.stream().map(step::settle).toList());
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return step(step -> {
            leases.values().removeIf(until -> !until.isAfter(step.now()));
            return step.running().stream()
                    .filter(job -> !isAlive(job.workerId(), step.now()))
                    .map(job -> step.takeOver(job, request, random))
                    .toList();
        });
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return step(step -> step.begin(claim, name, hasUndo));
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return step(step -> step.finish(claim, name, result));
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep undone) {
        return step(step -> step.undone(undo, undone));
    }

    @Override
    public List<JobStep> steps(UUID jobId) {
        return read(rows -> rows.stepsOf(jobId));
    }

    @Override
    public void report(List<ProgressReport> reports) {
        step(step -> {
            reports.forEach(step::report);
            return true;
        });
    }

    @Override
    public Optional<Job> find(UUID id) {
        return read(rows -> Optional.ofNullable(rows.get(id)));
    }

    @Override
    public List<Job> children(UUID parentId, int after, int limit) {
        return read(rows -> rows.childrenFrom(parentId, after + 1L).limit(limit).toList());
    }

    @Override
    public List<Job> predecessors(UUID id) {
        return read(rows -> rows.predecessorsOf(id));
    }

    @Override
    public List<JobFailure> failures(UUID id) {
        return read(rows -> rows.failuresOf(id));
    }

    @Override
    public List<Job> list(JobQuery query) {
        return read(
                rows -> rows.select(query, query.before()).limit(query.limit()).toList());
    }

    @Override
    public long count(JobQuery query) {
        return read(rows -> rows.select(query, null).count());
    }

    @Override
    public CancelResult cancel(UUID id, Locale locale) {
        return step(step -> step.cancel(id, locale));
    }

    @Override
    public RetryResult retry(UUID id) {
        return step(step -> step.retry(id));
    }

    @Override
    public int purge(Retention retention, int limit) {
        return step(step -> step.purge(retention, limit));
    }

    @Override
    public Subscription onAdded(Runnable hint) {
        return added.add(hint);
    }

    @Override
    public void wake() {
        added.give(Runnable::run);
    }

    /** All who add jobs are in this process. */
    @Override
    public boolean hearsOthers() {
        return true;
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    private boolean isAlive(@Nullable UUID workerId, Instant now) {
        Instant lease = leases.get(workerId);
        return lease != null && lease.isAfter(now);
    }

    private <T> T read(Function<Rows, T> query) {
        return file.atomically(query);
    }

    /** Does a step. What is to be told because of it is told when it is on disk, by the thread of the caller. */
    private <T> T step(Function<Step, T> call) {
        Done<T> done = file.atomically(rows -> {
            Step step = new Step(rows, clock.instant().truncatedTo(ChronoUnit.MICROS));
            T answer = call.apply(step);
            step.end();
            return new Done<>(step, answer);
        });
        done.step().cancelRequested().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        if (done.step().hasReleased()) {
            added.give(Runnable::run);
        }
        return done.answer();
    }

    private record Done<T>(Step step, T answer) {}

    /** Closes the file; whatever is called then throws. */
    @Override
    public void close() {
        file.close();
    }
}
