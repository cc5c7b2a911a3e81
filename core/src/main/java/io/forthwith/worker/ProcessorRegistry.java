package io.forthwith.worker;

import io.forthwith.BaseProcessor;
import io.forthwith.ErrorClassifier;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.internal.NameRules;
import io.forthwith.worker.internal.attempt.RunningJob;
import io.forthwith.worker.internal.attempt.SettlementDecision;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which processor runs which type of job. Immutable and thread-safe; each addition returns a new registry.
 *
 * <p>Third layer of the error contract: it catches nothing. A type it does not know is an {@link UnknownJobTypeException}.
 */
public final class ProcessorRegistry {
    private static final Duration LONGEST_TIME_LIMIT = Duration.ofDays(365);

    private final Map<String, Registered> processors;

    private ProcessorRegistry(Map<String, Registered> processors) {
        this.processors = Collections.unmodifiableMap(processors);
    }

    /**
     * A registry of these processors.
     *
     * @throws IllegalArgumentException if two of them have a name in common, former ones included, or one has a time limit that
     *     is not positive or longer than 365 days
     */
    public static ProcessorRegistry of(BaseProcessor<?, ?>... processors) {
        ProcessorRegistry registry = new ProcessorRegistry(new TreeMap<>());
        for (BaseProcessor<?, ?> processor : processors) {
            registry = registry.with(processor);
        }
        return registry;
    }

    /**
     * This registry and one processor more.
     *
     * @throws IllegalArgumentException if a name of the type, former ones included, is registered already, or the time limit is
     *     not positive or longer than 365 days
     */
    public ProcessorRegistry with(BaseProcessor<?, ?> processor) {
        return add(processor.type(), processor);
    }

    /**
     * This registry and one processor more, usually a lambda: {@code .with(TYPE, job -> send(job.input(Mail.class)))}.
     * Undos that it registers run as those of a {@link BaseProcessor} do.
     *
     * @throws IllegalArgumentException if a name of the type, former ones included, is registered already, or the time limit is
     *     not positive or longer than 365 days
     */
    public ProcessorRegistry with(JobType<?> type, Processor processor) {
        Objects.requireNonNull(processor, "processor");
        return add(type, processor instanceof BaseProcessor<?, ?> ? processor : new Undoing(processor));
    }

    private ProcessorRegistry add(JobType<?> jobType, Processor processor) {
        String type = jobType.name();
        Duration limit = processor.timeLimit();
        if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST_TIME_LIMIT) > 0) {
            throw new IllegalArgumentException("The processor of job type " + type + " has a time limit of " + limit
                    + "; it must be positive and at most 365 days");
        }
        Map<String, Registered> more = new TreeMap<>(processors);
        Registered registered = new Registered(processor, rulesOf(processor), limit, stepsOf(type, processor));
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
        return new ProcessorRegistry(more);
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

    /** The names of the registered types, former ones included, sorted. */
    public Set<String> types() {
        return processors.keySet();
    }

    /**
     * Runs the processor registered for the type of {@code job}; whatever it throws passes through unchanged.
     *
     * @return what the processor returned
     * @throws UnknownJobTypeException if there is none
     * @throws Exception what the processor threw
     */
    public @Nullable Object process(JobContext job) throws Exception {
        String type = job.job().type();
        // A stranger's row may have a name like that of an undo job, and is none.
        Registered registered = job.job().isUndo() ? registered(type) : processors.get(type);
        if (registered == null) {
            throw new UnknownJobTypeException(type);
        }
        if (job.job().isUndo()) {
            undoing(job).undoSteps(registered.steps());
            return null;
        }
        return registered.processor().process(job);
    }

    private static RunningJob undoing(JobContext job) {
        if (job instanceof RunningJob run) {
            return run;
        }
        throw new IllegalArgumentException("Job " + job.id() + " undoes steps: only a worker can run it");
    }

    /** What runs the jobs of a type, or undoes their steps. */
    private @Nullable Registered registered(String type) {
        return processors.get(type.startsWith(NameRules.UNDO) ? type.substring(NameRules.UNDO.length()) : type);
    }

    /** Whether there is a processor for the jobs of a type, be they the work or its undoing. */
    public boolean knows(String type) {
        return registered(type) != null;
    }

    /** The steps that the processor of a type has declared, by name. */
    public Map<String, Step<?>> steps(String type) {
        Registered registered = processors.get(type);
        return registered == null ? Map.of() : registered.steps();
    }

    private static SettlementDecision.Rules rulesOf(Processor processor) {
        return new SettlementDecision.Rules(processor.retryPolicy(), processor.errorClassifier());
    }

    /** What the processor of a type says of its failures. */
    @SuppressWarnings("exports") // until the engine gets at it another way
    public SettlementDecision.Rules rules(String type) {
        Registered registered = registered(type);
        return registered == null ? SettlementDecision.Rules.NONE : registered.rules();
    }

    /** The retry policy of a type; none for a type that is not registered. */
    public RetryPolicy retryPolicy(String type) {
        return rules(type).retryPolicy();
    }

    /**
     * The time limit of a job: its own, or else that of its type. For an undo job, which has that of the job it undoes, it is
     * never shorter than the default: how soon the work was wanted does not say how long it takes to give back, and an undo that
     * is broken off every time would never be done.
     */
    public Duration timeLimit(Job job) {
        Duration own = job.timeLimit();
        Duration limit = own != null ? own : ofType(job.type());
        return job.isUndo() && limit.compareTo(Processor.DEFAULT_TIME_LIMIT) < 0 ? Processor.DEFAULT_TIME_LIMIT : limit;
    }

    private Duration ofType(String type) {
        Registered registered = registered(type);
        return registered == null ? Processor.DEFAULT_TIME_LIMIT : registered.timeLimit();
    }

    /** A processor with its policies, asked for once: later answers of user code could differ or throw. */
    private record Registered(
            Processor processor, SettlementDecision.Rules rules, Duration timeLimit, Map<String, Step<?>> steps) {}

    /** A lambda with the undo guarantee of {@link BaseProcessor}. */
    private record Undoing(Processor processor) implements Processor {
        @Override
        public @Nullable Object process(JobContext job) throws Exception {
            try {
                return processor.process(job);
            } catch (Throwable failure) {
                job.undos().run(failure);
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
        public List<Step<?>> steps() {
            return processor.steps();
        }
    }
}
