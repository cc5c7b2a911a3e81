package io.forthwith.worker.internal.attempt;

import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.Processor.OnSilence;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.internal.AttemptWithUndos;
import io.forthwith.internal.NameRules;
import io.forthwith.json.internal.JobJson;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The processors of a worker by type of job, and what the engine asks about them. Immutable and thread-safe. */
public final class RegisteredProcessors {
    public static final RegisteredProcessors NONE = new RegisteredProcessors(Map.of());

    private static final Duration LONGEST_TIME_LIMIT = Duration.ofDays(365);

    private final Map<String, Registered> processors;

    private RegisteredProcessors(Map<String, Registered> processors) {
        this.processors = Collections.unmodifiableMap(processors);
    }

    /**
     * These processors and one more, under the name of the type and its former names.
     *
     * @throws IllegalArgumentException if one of these names is registered already, two steps have the same name, or the time
     *     limit is not positive or longer than 365 days
     */
    public RegisteredProcessors with(JobType<?> jobType, Processor processor) {
        return add(jobType, processor instanceof BaseProcessor<?, ?> ? processor : new Undoing(processor), null);
    }

    /**
     * These processors and one more whose jobs run together.
     *
     * @param single runs one job by itself
     * @throws IllegalArgumentException as {@link #with} does
     */
    public RegisteredProcessors withBatches(JobType<?> jobType, Processor single, BatchRules rules) {
        return add(jobType, new Undoing(single), rules);
    }

    private RegisteredProcessors add(JobType<?> jobType, Processor processor, @Nullable BatchRules batches) {
        String type = jobType.name();
        Duration limit = processor.timeLimit();
        if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException("The processor of job type " + type + " has a time limit of " + limit
                    + "; it must be positive and at most 365 days");
        }
        Map<String, Registered> more = new TreeMap<>(processors);
        Registered registered = new Registered(
                jobType,
                processor,
                rulesOf(processor),
                limit,
                onSilenceOf(type, processor),
                stepsOf(type, processor),
                batches);
        if (more.put(type, registered) != null) {
            throw new IllegalArgumentException("Job type " + type
                    + " has a processor already, under its own or as a former name: one type, one processor");
        }
        for (String former : jobType.formerNames()) {
            if (more.put(former, registered) != null) {
                throw new IllegalArgumentException(
                        "Job type " + type + " was formerly called " + former
                                + ", but a processor has this name already, as its own or as a former one: one name, one processor");
            }
        }
        return new RegisteredProcessors(more);
    }

    private static SettlementDecision.Rules rulesOf(Processor processor) {
        return new SettlementDecision.Rules(processor.retryPolicy(), processor.errorClassifier());
    }

    private static Map<String, Step<?>> stepsOf(String type, Processor processor) {
        Map<String, Step<?>> steps = new TreeMap<>();
        for (Step<?> step : processor.steps()) {
            if (steps.put(step.name(), step) != null) {
                throw new IllegalArgumentException("The processor of job type " + type + " has two steps called \""
                        + step.name() + "\": one name, one step");
            }
        }
        return Collections.unmodifiableMap(steps);
    }

    /**
     * Checks that the inputs of all types can be read.
     *
     * @throws IllegalArgumentException if one of them cannot; the message names the rule
     */
    public void requireReadable(JobJson json) {
        processors.values().stream().map(Registered::type).distinct().forEach(json::requireReadable);
    }

    /** The names of the registered types and their former names, sorted. */
    public Set<String> types() {
        return processors.keySet();
    }

    /**
     * Runs the processor of a job. Throws what the processor throws, the same object.
     *
     * @return what the processor returned
     * @throws UnknownJobTypeException if the type of the job has no processor
     */
    public @Nullable Object process(JobContext job) throws Exception {
        String type = job.job().type();
        // A row that was inserted by plain SQL may have a type that looks like that of an undo job.
        Registered registered = job.job().isUndo() ? registered(type) : processors.get(type);
        if (registered == null) {
            throw new UnknownJobTypeException(type);
        }
        if (job.job().isUndo()) {
            undoJob(job).undoSteps(registered.steps());
            return null;
        }
        return registered.processor().process(job);
    }

    private static RunningJob undoJob(JobContext job) {
        if (job instanceof RunningJob run) {
            return run;
        }
        throw new IllegalArgumentException("Job " + job.id() + " undoes steps: only a worker can run it");
    }

    /** The processor of a type; an undo job has the processor of the job whose steps it undoes. */
    private @Nullable Registered registered(String type) {
        return processors.get(type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type);
    }

    /** Whether a processor can run jobs of this type, or the undo jobs of this type. */
    public boolean knows(String type) {
        return registered(type) != null;
    }

    /** The durable steps that the processor of a type declares, by name. */
    public Map<String, Step<?>> steps(String type) {
        Registered registered = processors.get(type);
        return registered == null ? Map.of() : registered.steps();
    }

    /** Whether jobs of some type run together. */
    public boolean haveBatches() {
        return processors.values().stream().anyMatch(registered -> registered.batches() != null);
    }

    /** How a job runs together with others of its type; null if it runs by itself, as each undo job does. */
    public @Nullable BatchRules batches(Job job) {
        Registered registered = job.isUndo() ? null : processors.get(job.type());
        return registered == null ? null : registered.batches();
    }

    /** The retry policy and error classifier of a type. */
    public SettlementDecision.Rules rules(String type) {
        Registered registered = registered(type);
        return registered == null ? SettlementDecision.Rules.NONE : registered.rules();
    }

    /** The retry policy of a type; {@link RetryPolicy#none()} for a type without a processor. */
    public RetryPolicy retryPolicy(String type) {
        return rules(type).retryPolicy();
    }

    /**
     * The time limit of a job: its own, or else that of its type. An undo job has the time limit of the job whose steps it
     * undoes, but at least the default: a time limit says how soon the work is needed, not how long an undo takes, and an undo
     * that exceeds its time limit at each attempt would never end.
     */
    public Duration timeLimit(Job job) {
        Duration own = job.timeLimit();
        Duration limit = own != null ? own : ofType(job.type());
        return job.isUndo() && limit.compareTo(Processor.DEFAULT_TIME_LIMIT) < 0 ? Processor.DEFAULT_TIME_LIMIT : limit;
    }

    private static OnSilence onSilenceOf(String type, Processor processor) {
        return Objects.requireNonNull(
                processor.onSilence(),
                () -> "The processor of job type " + type
                        + " says null for onSilence(): AS_WORKER, GO_ON or INTERRUPT");
    }

    private Duration ofType(String type) {
        Registered registered = registered(type);
        return registered == null ? Processor.DEFAULT_TIME_LIMIT : registered.timeLimit();
    }

    /** What becomes of attempts of this type when the lease of the worker runs out by its own clock. */
    public OnSilence onSilence(String type) {
        Registered registered = registered(type);
        return registered == null ? OnSilence.AS_WORKER : registered.onSilence();
    }

    /** A processor and its settings, read once: a second call of user code could return something else, or throw. */
    private record Registered(
            JobType<?> type,
            Processor processor,
            SettlementDecision.Rules rules,
            Duration timeLimit,
            OnSilence onSilence,
            Map<String, Step<?>> steps,
            @Nullable BatchRules batches) {}

    /** Runs the registered undo actions of a lambda when it throws, as {@link BaseProcessor} does. */
    private record Undoing(Processor processor) implements Processor {
        @Override
        public @Nullable Object process(JobContext job) throws Exception {
            try {
                return processor.process(job);
            } catch (Throwable failure) {
                AttemptWithUndos.undoActionsOf(job).run(failure);
                throw failure;
            }
        }

        @Override
        public RetryPolicy retryPolicy() {
            return processor.retryPolicy();
        }

        @Override
        public ErrorClassifier errorClassifier() {
            return processor.errorClassifier();
        }

        @Override
        public Duration timeLimit() {
            return processor.timeLimit();
        }

        @Override
        public OnSilence onSilence() {
            return processor.onSilence();
        }

        @Override
        public List<Step<?>> steps() {
            return processor.steps();
        }
    }
}
