package io.forthwith.testing;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobCompletion;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.SpawnedJobs;
import io.forthwith.Step;
import io.forthwith.UndoActions;
import io.forthwith.json.JobCodec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job context for the unit tests of a processor: no store, no worker. It hands the processor the input as it is, without JSON, remembers
 * the progress reported and what was {@linkplain #spawned spawned}, and has the relatives that it is given.
 *
 * <pre>{@code
 * FakeJobContext job = FakeJobContext.of(new ShotVideo("missing"));
 * assertThatThrownBy(() -> job.run(processor)).hasMessage("Video configuration does not exist");
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class FakeJobContext implements JobContext {
    private final Object input;
    private final Job job;
    private final UndoActions undos = new UndoActions();
    private final List<JobProgress> reported = new CopyOnWriteArrayList<>();
    private final Map<String, Ran<?>> ran = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Job> siblings;
    private final List<Job> predecessors;
    private volatile SpawnedJobs spawned;
    private volatile boolean hasReturned;
    private volatile boolean cancelled;
    private volatile boolean leaseLost;

    private FakeJobContext(Object input, Job job, List<Job> siblings, List<Job> predecessors) {
        this.input = input;
        this.job = job;
        this.siblings = List.copyOf(siblings);
        this.predecessors = List.copyOf(predecessors);
        this.spawned = new SpawnedJobs(job.id(), this::check);
    }

    /** The first attempt at a job with this input. */
    public static FakeJobContext of(Object input) {
        Instant now = Instant.EPOCH;
        Job job = Job.builder(new UUID(0, 1), "test", now)
                .status(JobStatus.PROCESSING)
                .claim(1)
                .workerId(new UUID(0, 2))
                .attempt(1)
                .startedAt(now)
                .build();
        return new FakeJobContext(input, job, List.of(), List.of());
    }

    /** The same for a job of this user. */
    public FakeJobContext user(String userId) {
        return withJob(job.toBuilder().userId(userId).build());
    }

    /** The same at a later attempt, under as high a claim. */
    public FakeJobContext attempt(int attempt) {
        return withJob(job.toBuilder().attempt(attempt).claim(attempt).build());
    }

    /** The same for a job of your own making. */
    public FakeJobContext withJob(Job other) {
        return new FakeJobContext(input, other, siblings, predecessors);
    }

    /** The same for a job with these {@link #siblings()}. */
    public FakeJobContext withSiblings(List<Job> others) {
        return new FakeJobContext(input, job, others, predecessors);
    }

    /** The same for a job whose siblings have all completed, with these results. */
    public FakeJobContext withSiblingsThatReturned(Object... results) {
        return withSiblings(completed(results));
    }

    /** The same for a job with these {@link #predecessors()}. */
    public FakeJobContext withPredecessors(List<Job> others) {
        return new FakeJobContext(input, job, siblings, others);
    }

    /** The same for a job whose predecessors have all completed, with these results. */
    public FakeJobContext withPredecessorsThatReturned(Object... results) {
        return withPredecessors(completed(results));
    }

    private static List<Job> completed(Object... results) {
        return Arrays.stream(results)
                .map(result -> Job.builder(UUID.randomUUID(), "test", Instant.EPOCH)
                        .status(JobStatus.COMPLETED)
                        .result(JobCodec.standard().encode("The result", result))
                        .completedAt(Instant.EPOCH)
                        .build())
                .toList();
    }

    /**
     * Runs a processor as the library would, undos included.
     *
     * @throws Exception what the processor threw, after its undos ran
     */
    public @Nullable Object run(Processor processor) throws Exception {
        spawned = new SpawnedJobs(job.id(), this::check);
        hasReturned = false;
        try {
            return processor.process(this);
        } catch (Throwable failure) {
            undos.run(failure);
            throw failure;
        } finally {
            hasReturned = true;
        }
    }

    /**
     * Runs a processor as the library would, undos included, and returns what it returned in its own type.
     *
     * @throws Exception what the processor threw, after its undos ran
     */
    @SuppressWarnings("unchecked") // a BaseProcessor<I, O> returns nothing but an O
    public <O> @Nullable O run(BaseProcessor<?, O> processor) throws Exception {
        return (O) run((Processor) processor);
    }

    /** From now on the job is to be cancelled. */
    public FakeJobContext cancel() {
        cancelled = true;
        return this;
    }

    /** From now on the lease on the job is lost. */
    public FakeJobContext loseLease() {
        leaseLost = true;
        return this;
    }

    /** What was reported so far, the first report first. */
    public List<JobProgress> reported() {
        return List.copyOf(reported);
    }

    @Override
    public Job job() {
        return job;
    }

    @Override
    public <T> T input(Class<T> type) {
        if (!type.isInstance(input)) {
            throw JobException.permanent(
                    "undecodable_input",
                    "The input is a " + input.getClass().getSimpleName() + ", expected " + type.getSimpleName(),
                    null);
        }
        return type.cast(input);
    }

    @Override
    public void progress(int percent) {
        report(latest().withPercent(percent));
    }

    @Override
    public void progress(int percent, String message) {
        report(latest().withPercent(percent).withMessage(message));
    }

    @Override
    public void atStep(int current, int total, String message) {
        report(JobProgress.atStep(current, total, message));
    }

    private JobProgress latest() {
        return reported.isEmpty() ? job.progress() : reported.get(reported.size() - 1);
    }

    private void report(JobProgress progress) {
        reported.add(progress);
    }

    @Override
    @SuppressWarnings("NullAway") // a step that returned null says by its R that it may
    public <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception {
        String key = stepKey(step, part);
        Ran<?> before = ran.get(key);
        if (before != null && before.isFinished()) {
            return step.resultClass().cast(before.result());
        }
        ran.put(key, new Ran<>(step, key, null, false));
        R result = action.run(key);
        ran.put(key, new Ran<>(step, key, result, true));
        return result;
    }

    /** The key that {@link #run(Step, String, Step.Action)} gives an action. */
    public String stepKey(Step<?> step, String part) {
        String key = job.id() + "~" + job.claim() + "~" + step.name();
        return part.isEmpty() ? key : key + "~" + part;
    }

    /**
     * Undoes the steps run so far as a worker would once the job has failed: those that have an undo, the last one first. An
     * action that threw is undone too, without a result.
     *
     * @throws Exception what an undo threw; the steps before it are left
     */
    public void undoSteps() throws Exception {
        List<Ran<?>> all = new ArrayList<>(ran.values());
        Collections.reverse(all);
        for (Ran<?> one : all) {
            one.undo();
            ran.remove(one.key());
        }
    }

    /** A step that was begun. */
    private record Ran<R extends @Nullable Object>(
            Step<R> step, String key, @Nullable R result, boolean isFinished) {
        void undo() throws Exception {
            if (step.undo().isPresent()) {
                step.undo().get().run(result, key);
            }
        }
    }

    /**
     * What the processor has spawned in its last run, and what becomes of the job if a child fails. As in a worker, it takes only what can
     * be enqueued, and nothing more when the processor has returned.
     */
    @Override
    public SpawnedJobs spawned() {
        return spawned;
    }

    private void check(NewJob child) {
        if (hasReturned) {
            throw new IllegalStateException(
                    "Job " + child.id() + " is spawned too late: the processor has returned, or has completed its job");
        }
        JobCodec.standard().encodeInput(child);
    }

    @Override
    public Stream<Job> siblings() {
        return siblings.stream();
    }

    @Override
    public List<Job> predecessors() {
        return predecessors;
    }

    @Override
    public <T> Optional<T> resultOf(Job other, Class<T> type) {
        return JobCodec.standard().decodeResult(other, type);
    }

    @Override
    public JobCompletion completion() {
        return new JobCompletion() {
            @Override
            public @Nullable String begin(@Nullable Object result) {
                if (!spawned.jobs().isEmpty()) {
                    throw new IllegalStateException(
                            "Job " + job.id() + " has spawned, so it is completed by its children");
                }
                if (cancelled || leaseLost) {
                    throw new CancellationException("Job " + job.id() + " is to end otherwise");
                }
                return result == null ? null : JobCodec.standard().encode("The result", result);
            }

            @Override
            public void committed() {
                hasReturned = true;
                undos.forget();
            }

            @Override
            public void rolledBack() {}
        };
    }

    @Override
    public UndoActions undos() {
        return undos;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public boolean isLeaseLost() {
        return leaseLost;
    }
}
