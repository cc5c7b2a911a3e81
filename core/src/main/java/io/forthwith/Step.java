package io.forthwith;

import io.forthwith.internal.NameRules;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A durable step: an action of a processor that is noted down before it is done and whose result is kept, so that a later
 * attempt gets the stored result instead of doing it again. What it did can be undone even if the process dies: by any worker
 * that has the processor, once the job has failed or was cancelled.
 *
 * <p>Steps are declared on the processor, as fields, and run by {@link JobContext#run}:
 *
 * <pre>{@code
 * private final Step<Receipt> charge;
 *
 * ShotVideoProcessor(Credits credits) {
 *     super(TYPE);
 *     charge = step("charge", Receipt.class).undo((receipt, key) -> credits.refund(key));
 * }
 * …
 * Receipt receipt = job.run(charge, key -> credits.charge(user, 10, key));
 * }</pre>
 *
 * <p>An action whose result was never stored may be done again, with the same key; so it must be idempotent by its key. An
 * undo may be run several times, also for a key whose action has never happened, or has yet to happen in a process that was
 * paused: it must then forbid that key for ever.
 *
 * <p>Thread-safe once the processor is constructed.
 *
 * @param <R> the result of the action, stored as JSON
 */
public final class Step<R extends @Nullable Object> {
    private final String name;
    private final Class<R> resultClass;
    private @Nullable Undo<R> undo;

    private Step(String name, Class<R> resultClass) {
        this.name = name;
        this.resultClass = resultClass;
    }

    /**
     * A step without an undo.
     *
     * @param name unique among the steps of its processor; stored with each job that runs it
     * @param resultClass what the result is read into when a later attempt or an undo needs it
     * @throws IllegalArgumentException unless {@code name} is a name of at most 64 characters
     */
    public static <R extends @Nullable Object> Step<R> of(String name, Class<R> resultClass) {
        return new Step<>(NameRules.requireShort("Step", name), Objects.requireNonNull(resultClass, "resultClass"));
    }

    /**
     * Says how to undo it. What the undo throws makes it run again, later, for as long as it takes.
     *
     * @return this
     * @throws IllegalStateException if it was said before
     */
    public Step<R> undo(Undo<R> howToUndo) {
        if (undo != null) {
            throw new IllegalStateException("Step " + name + " has an undo already");
        }
        undo = Objects.requireNonNull(howToUndo, "undo");
        return this;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** What its result is read into. */
    public Class<R> resultClass() {
        return resultClass;
    }

    /** How it is undone, if it can be. */
    public Optional<Undo<R>> undo() {
        return Optional.ofNullable(undo);
    }

    /** Its name. */
    @Override
    public String toString() {
        return "Step " + name;
    }

    /**
     * What a step does.
     *
     * @param <R> the result
     */
    @FunctionalInterface
    public interface Action<R extends @Nullable Object> {
        /**
         * Does it.
         *
         * @param key the same whenever this step of this job is done again, until it was undone; hand it to the system in
         *     which the effect happens, as its idempotency key; at most 255 characters
         */
        R run(String key) throws Exception;
    }

    /**
     * How a step is undone.
     *
     * @param <R> the result of the action
     */
    @FunctionalInterface
    public interface Undo<R extends @Nullable Object> {
        /**
         * Undoes it, if it was done, and forbids it otherwise.
         *
         * @param result what the action returned; null if that is not known, because the process died or lost the job
         *     before it was stored: the action may or may not have happened
         * @param key the key the action was given
         */
        void run(@Nullable R result, String key) throws Exception;
    }
}
