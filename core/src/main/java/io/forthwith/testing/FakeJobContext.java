package io.forthwith.testing;

import io.forthwith.BaseProcessor;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Processor;
import io.forthwith.Step;
import io.forthwith.TypeRef;
import io.forthwith.annotation.Incubating;
import io.forthwith.internal.AttemptUndos;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.job.JobsToSpawn;
import io.forthwith.json.JobCodec;
import io.forthwith.json.internal.JobJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job context for unit tests of a processor, without store and worker. It gives the processor the input as a worker
 * does, written as JSON and read again, and checks that the result can be written. It remembers the reported progress
 * and the {@linkplain #spawned spawned} jobs, and has the siblings and predecessors that the test sets.
 *
 * <pre>{@code
 * FakeJobContext job = FakeJobContext.of(new ShotVideo("missing"));
 * assertThatThrownBy(() -> job.run(processor)).hasMessage("Video configuration does not exist");
 * }</pre>
 *
 * <p>Thread-safe. Not for others to extend.
 */
@Incubating
public abstract class FakeJobContext implements JobContext {
    private static final Duration LEASE = Duration.ofSeconds(20);

    private final @Nullable Object input;
    private final Supplier<JobJson> json;
    private final Job job;
    final AttemptUndos undos = new AttemptUndos();
    private final List<JobProgress> reported = new CopyOnWriteArrayList<>();
    private final Map<String, Ran<?>> ran = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Job> siblings;
    private final List<Job> predecessors;
    volatile JobsToSpawn toSpawn;
    private volatile boolean hasReturned;
    private volatile boolean cancelled;
    private volatile boolean leaseLost;

    FakeJobContext(
            @Nullable Object input, Supplier<JobJson> json, Job job, List<Job> siblings, List<Job> predecessors) {
        this.input = input;
        this.json = json;
        this.job = job;
        this.siblings = List.copyOf(siblings);
        this.predecessors = List.copyOf(predecessors);
        this.toSpawn = new JobsToSpawn(job.id(), this::check);
    }

    /** The first attempt of a job with this input. */
    public static FakeJobContext of(Object input) {
        return ofNullable(Objects.requireNonNull(
                input, "The input is null: the context of a job without input is made by FakeJobContext.of()"));
    }

    /** The first attempt of a job without input. */
    public static FakeJobContext of() {
        return ofNullable(null);
    }

    private static FakeJobContext ofNullable(@Nullable Object input) {
        Instant now = Instant.EPOCH;
        Job job = Job.builder(new UUID(0, 1), "test", now)
                .status(JobStatus.PROCESSING)
                .claim(1)
                .workerId(new UUID(0, 2))
                .attempt(1)
                .startedAt(now)
                .build();
        return new FakeAttempt(input, JobJson::standard, job, List.of(), List.of());
    }

    /** A context like this one, with another codec: the one that the workers use. Set it before results are passed. */
    public FakeJobContext codec(JobCodec other) {
        JobJson own = JobJson.of(other);
        return new FakeAttempt(input, () -> own, job, siblings, predecessors);
    }

    /** A context like this one, for a job of this user. What this one has recorded is not copied. */
    public FakeJobContext user(String userId) {
        return withJob(job.toBuilder().userId(userId).build());
    }

    /** A context like this one, for this attempt, counted from 1; its claim has the same number. */
    public FakeJobContext attempt(int attempt) {
        return withJob(job.toBuilder().attempt(attempt).claim(attempt).build());
    }

    /** A context like this one, for another job. */
    public FakeJobContext withJob(Job other) {
        return new FakeAttempt(input, json, other, siblings, predecessors);
    }

    /** A context like this one, for a job with these {@link #siblings()}. */
    public FakeJobContext withSiblings(List<Job> others) {
        return new FakeAttempt(input, json, job, others, predecessors);
    }

    /** A context like this one, for a job whose siblings have completed with these results. */
    public FakeJobContext withSiblingsThatReturned(Object... results) {
        return withSiblings(completed(results));
    }

    /** A context like this one, for a job with these {@link #predecessors()}. */
    public FakeJobContext withPredecessors(List<Job> others) {
        return new FakeAttempt(input, json, job, siblings, others);
    }

    /** A context like this one, for a job whose predecessors have completed with these results. */
    public FakeJobContext withPredecessorsThatReturned(Object... results) {
        return withPredecessors(completed(results));
    }

    private List<Job> completed(Object... results) {
        return Arrays.stream(results)
                .map(result -> Job.builder(UUID.randomUUID(), "test", Instant.EPOCH)
                        .status(JobStatus.COMPLETED)
                        .result(json.get().encode("The result", result))
                        .completedAt(Instant.EPOCH)
                        .build())
                .toList();
    }

    /**
     * Runs a processor as a worker does: if it throws, its undo actions run. They also run if its result cannot be stored.
     *
     * @throws IllegalArgumentException if its result cannot be written as JSON and stored; a worker fails the job then
     * @throws Exception what the processor threw, after its undo actions have run
     */
    public @Nullable Object run(Processor processor) throws Exception {
        toSpawn = new JobsToSpawn(job.id(), this::check);
        hasReturned = false;
        try {
            Object result = processor.process(this);
            if (result != null) {
                json.get().encode("The result", result);
            }
            return result;
        } catch (Throwable failure) {
            undos.run(failure);
            throw failure;
        } finally {
            hasReturned = true;
        }
    }

    /**
     * Runs a processor as a worker does: if it throws, its undo actions run. Returns its result with its own type.
     *
     * @throws Exception what the processor threw, after its undo actions have run
     */
    @SuppressWarnings("unchecked") // a BaseProcessor<I, O> always returns an O
    public <O> @Nullable O run(BaseProcessor<?, O> processor) throws Exception {
        return (O) run((Processor) processor);
    }

    /** From now on, {@link #isCancelled()} is true. It does not interrupt a thread. */
    public FakeJobContext cancel() {
        cancelled = true;
        return this;
    }

    /** From now on, {@link #isLeaseLost()} is true. */
    public FakeJobContext loseLease() {
        leaseLost = true;
        return this;
    }

    /** The reported progress, in the order of the reports. */
    public List<JobProgress> reported() {
        return List.copyOf(reported);
    }

    @Override
    public Job job() {
        return job;
    }

    @Override
    public <T> T input(TypeRef<T> type) {
        Job stored = input == null
                ? job
                : job.toBuilder()
                        .input(json.get().encodeInput(() -> "The input", input))
                        .build();
        return json.get().decodeInput(stored, type);
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
    @SuppressWarnings("NullAway") // if a step returned null, its R allows null
    public <R extends @Nullable Object> R run(Step<R> step, String part, Step.Action<R> action) throws Exception {
        String key = stepKey(step, part);
        Ran<?> before = ran.get(key);
        if (before != null && before.isFinished()) {
            return decoded(step, before.result());
        }
        ran.put(key, new Ran<>(step, key, null, false));
        R result = action.run(key);
        String stored = result == null ? null : json.get().encode("The result of step " + step.name(), result);
        R read = decoded(step, stored);
        ran.put(key, new Ran<>(step, key, stored, true));
        return read;
    }

    @SuppressWarnings("NullAway") // if a step returned null, its R allows null
    private <R extends @Nullable Object> R decoded(Step<R> step, @Nullable String stored) {
        return stored == null ? null : json.get().decode(stored, step.result());
    }

    /** The key that {@link #run(Step, String, Step.Action)} gives to an action. */
    public String stepKey(Step<?> step, String part) {
        String key = job.id() + "~" + job.claim() + "~" + step.name();
        return part.isEmpty() ? key : key + "~" + part;
    }

    /**
     * Undoes the durable steps that have run so far, as a worker does when the job has failed: those that have an undo,
     * the last one first. An action that threw is undone too, without a result.
     *
     * @throws Exception what an undo threw; then the earlier steps are not undone
     */
    public void undoSteps() throws Exception {
        List<Ran<?>> all = new ArrayList<>(ran.values());
        Collections.reverse(all);
        for (Ran<?> one : all) {
            undo(one);
            ran.remove(one.key());
        }
    }

    private <R extends @Nullable Object> void undo(Ran<R> one) throws Exception {
        Step.Undo<R> undo = one.step().undo();
        if (undo != null) {
            undo.run(decoded(one.step(), one.result()), one.key());
        }
    }

    /** A step that has begun, with its result as JSON. */
    private record Ran<R extends @Nullable Object>(
            Step<R> step, String key, @Nullable String result, boolean isFinished) {}

    /**
     * The jobs that the processor has spawned in its last run. As in a worker, only jobs that can be enqueued can be
     * added, and none after the processor has returned.
     */
    public List<NewJob> spawned() {
        return toSpawn.jobs();
    }

    @Override
    public void onFailure(Undo undo) {
        undos.add(NullRules.require(undo, "undo", AttemptUndos.NONE_GIVEN)::run);
    }

    @Override
    public void spawn(List<NewJob> children) {
        toSpawn.add(children);
    }

    @Override
    public void onChildFailure(ChildFailurePolicy policy) {
        toSpawn.onChildFailure(policy);
    }

    @Override
    public void cancelOtherChildren() {
        toSpawn.cancelOtherChildren();
    }

    private void check(NewJob child) {
        if (hasReturned) {
            throw new IllegalStateException(
                    "Job " + child.id() + " is spawned too late: the processor has returned, or has completed its job");
        }
        json.get().encodeInput(child);
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
    public <T> Optional<T> resultOf(Job other, TypeRef<T> type) {
        return json.get().decodeResult(other, type);
    }

    /**
     * What a processor that completes its own job is answered at the beginning.
     *
     * @return the result as JSON
     */
    @Nullable
    String beginCompletion(@Nullable Object result) {
        if (!toSpawn.jobs().isEmpty()) {
            throw new IllegalStateException("Job " + job.id() + " has spawned, so it is completed by its children");
        }
        if (cancelled || leaseLost) {
            throw new CancellationException("Job " + job.id() + " is to end otherwise");
        }
        return result == null ? null : json.get().encode("The result", result);
    }

    void completed() {
        hasReturned = true;
        undos.forget();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public boolean isLeaseLost() {
        return leaseLost;
    }

    /** 20 seconds, the default length of a lease, until {@link #loseLease}. */
    @Override
    public Duration leaseLeft() {
        return leaseLost ? Duration.ZERO : LEASE;
    }
}
