package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStatus;
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
import java.io.IOException;
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
 * A store in one file, for one process and some thousands of jobs; what a call has answered survives a crash.
 *
 * <p>A call works on a copy of the rows, adds one line to the journal and only then puts the copy in the place of the rows:
 * a call that fails changes nothing, and whatever a reader sees is on disk. Workers are not written down. They live in the
 * process that has the file open, so after a restart none is left, and {@link #takeOver} finds what they held.
 *
 * <p>Thread-safe: one lock, and each call holds it.
 */
public final class JournalJobStore implements JobStore, AutoCloseable {
    private final Journal journal;
    private final InstantSource clock;
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Map<UUID, Instant> leases = new HashMap<>();
    private final Hints<Consumer<Claim>> cancelRequested = new Hints<>();
    private Rows rows;

    private JournalJobStore(Journal journal, Rows rows, InstantSource clock) {
        this.journal = journal;
        this.rows = rows;
        this.clock = clock;
    }

    /**
     * Opens a store, with the jobs it had when it was last open.
     *
     * @param file the journal, made if there is none; one store at a time may have it open
     * @throws IOException if it cannot be read or is open already
     * @throws io.forthwith.store.JobStoreException if a line before the last is damaged
     */
    public static JournalJobStore open(Path file, InstantSource clock) throws IOException {
        Journal journal = Journal.open(file);
        try {
            return new JournalJobStore(journal, journal.replay(), clock);
        } catch (IOException | RuntimeException refused) {
            journal.close();
            throw refused;
        }
    }

    @Override
    public List<Added> add(List<EncodedJob> jobs) {
        Families families = Families.of(jobs);
        return committed(step -> step.add(jobs, families));
    }

    @Override
    public SealResult seal(UUID id, Locale locale) {
        return committed(step -> step.seal(id, locale));
    }

    @Override
    public synchronized void register(WorkerInfo worker, Duration lease) {
        leases.put(worker.id(), now().plus(lease));
    }

    @Override
    public synchronized Beat beat(UUID workerId, Duration lease) {
        if (leases.replace(workerId, now().plus(lease)) == null) {
            return Beat.DEAD;
        }
        List<Claim> toCancel = rows.heldBy(workerId)
                .filter(job -> job.cancelRequestedAt() != null)
                .map(Claim::of)
                .toList();
        return new Beat(true, toCancel);
    }

    @Override
    public synchronized void deregister(UUID workerId) {
        leases.remove(workerId);
    }

    @Override
    public List<Job> claim(ClaimRequest request) {
        return committed(step -> isAlive(request.workerId(), step.now()) ? step.claim(request) : List.of());
    }

    @Override
    public synchronized List<Claim> held(UUID workerId) {
        return rows.heldBy(workerId).map(Claim::of).toList();
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) {
        return committed(step -> settlements.stream().map(step::settle).toList());
    }

    @Override
    public List<TakenOver> takeOver(TakeOverRequest request) {
        return committed(step -> {
            leases.values().removeIf(until -> !until.isAfter(step.now()));
            return rows.in(JobStatus.PROCESSING)
                    .filter(job -> !isAlive(job.workerId(), step.now()))
                    .map(job -> step.takeOver(job, request, random))
                    .toList();
        });
    }

    @Override
    public StepBegun beginStep(Claim claim, StepName name, boolean hasUndo) {
        return committed(step -> step.begin(claim, name, hasUndo));
    }

    @Override
    public Settled finishStep(Claim claim, StepName name, @Nullable String result) {
        return committed(step -> step.finish(claim, name, result));
    }

    @Override
    public Settled stepUndone(Claim undo, JobStep undone) {
        return committed(step -> step.undone(undo, undone));
    }

    @Override
    public synchronized List<JobStep> steps(UUID jobId) {
        return rows.stepsOf(jobId);
    }

    @Override
    public void report(List<ProgressReport> reports) {
        committed(step -> {
            reports.forEach(step::report);
            return true;
        });
    }

    @Override
    public synchronized Optional<Job> find(UUID id) {
        return Optional.ofNullable(rows.get(id));
    }

    @Override
    public synchronized List<Job> children(UUID parentId, int after, int limit) {
        return rows.childrenOf(parentId)
                .filter(child -> Rows.place(child) > after)
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized List<Job> predecessors(UUID id) {
        return rows.predecessorsOf(id);
    }

    @Override
    public synchronized List<JobFailure> failures(UUID id) {
        return rows.failures().filter(failure -> id.equals(failure.jobId())).toList();
    }

    @Override
    public synchronized List<Job> list(JobQuery query) {
        String before = query.before() == null ? null : query.before().toString();
        return rows.select(query)
                .filter(job -> before == null || job.id().toString().compareTo(before) < 0)
                .limit(query.limit())
                .toList();
    }

    @Override
    public synchronized long count(JobQuery query) {
        return rows.select(query).count();
    }

    @Override
    public CancelResult cancel(UUID id, Locale locale) {
        return committed(step -> step.cancel(id, locale));
    }

    @Override
    public RetryResult retry(UUID id) {
        return committed(step -> step.retry(id));
    }

    @Override
    public Subscription onCancelRequested(Consumer<Claim> hint) {
        return cancelRequested.add(hint);
    }

    @Override
    public int purge(Retention retention, int limit) {
        return committed(step -> step.purge(retention, limit));
    }

    private boolean isAlive(@Nullable UUID workerId, Instant now) {
        Instant lease = leases.get(workerId);
        return lease != null && lease.isAfter(now);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /** Does a step: on disk first, then for others to see. Without the lock it tells at last who is to be asked to stop. */
    private <T> T committed(Function<Step, T> call) {
        Step step;
        T answer;
        synchronized (this) {
            step = new Step(rows, now());
            answer = call.apply(step);
            Change change = step.end();
            if (!change.isEmpty()) {
                journal.append(change, rows);
                rows = step.rows();
            }
        }
        step.cancelRequested().forEach(claim -> cancelRequested.give(listener -> listener.accept(claim)));
        return answer;
    }

    @Override
    public synchronized void close() throws IOException {
        journal.close();
    }
}
