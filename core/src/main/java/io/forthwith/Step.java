package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import org.jspecify.annotations.Nullable;

/**
 * A durable step: an action of a processor whose beginning and result are stored. A later attempt gets the stored
 * result instead of running the action again. If the job fails or is cancelled, any worker with the processor can undo
 * the action, even if the process that ran it has died.
 *
 * <p>A processor declares its steps as fields and runs them with {@link JobContext#run}:
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
 * <p>If the result of an action was not stored, a later attempt runs the action again with the same key, so it must be
 * idempotent for its key. An undo may run several times. It may also run for a key whose action has not happened, or
 * will happen later in a process that was paused; it must then make sure that the action has no effect for this key,
 * ever.
 *
 * <p>Thread-safe once the constructor of the processor has returned.
 *
 * @param <R> the result of the action, stored as JSON
 */
@CheckReturnValue
public final class Step<R extends @Nullable Object> {
    private static final String NO_NAME = "it is unique among the steps of the processor, for example \"charge\"";

    private final String name;
    private final TypeRef<R> result;
    private @Nullable Undo<R> undo;

    private Step(String name, TypeRef<R> result) {
        this.name = name;
        this.result = result;
    }

    /**
     * A step without an undo.
     *
     * @param name unique among the steps of its processor; stored with each job that runs it
     * @param resultClass the class into which the stored result is read
     * @throws IllegalArgumentException if {@code name} is not a valid name of at most 64 characters
     */
    public static <R extends @Nullable Object> Step<R> of(String name, Class<R> resultClass) {
        NullRules.require(name, "Step name", NO_NAME);
        NullRules.require(
                resultClass, "resultClass", "give the class of what the action returns, Void.class for nothing");
        return of(name, TypeRef.of(resultClass));
    }

    /**
     * A step with a generic result, without an undo.
     *
     * @throws IllegalArgumentException if {@code name} is not a valid name of at most 64 characters
     */
    public static <R extends @Nullable Object> Step<R> of(String name, TypeRef<R> result) {
        NullRules.require(name, "Step name", NO_NAME);
        return new Step<>(
                NameRules.requireShort("Step", name),
                NullRules.require(result, "result", "give the type of what the action returns"));
    }

    /**
     * Sets how to undo the step. If the undo throws, it is tried again later, as often as needed.
     *
     * @return this
     * @throws IllegalStateException if it was set before
     */
    public Step<R> undo(Undo<R> howToUndo) {
        if (undo != null) {
            throw new IllegalStateException("Step " + name + " has an undo already");
        }
        undo = NullRules.require(howToUndo, "undo", "leave undo() out for a step without an undo");
        return this;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** The type into which its stored result is read. */
    public TypeRef<R> result() {
        return result;
    }

    /** How to undo it; null if it has no undo. */
    public @Nullable Undo<R> undo() {
        return undo;
    }

    /** Its name. */
    @Override
    public String toString() {
        return "Step " + name;
    }

    /**
     * The action of a step.
     *
     * @param <R> the result
     */
    @FunctionalInterface
    public interface Action<R extends @Nullable Object> {
        /**
         * Runs the action.
         *
         * @param key an idempotency key for the system in which the effect happens, at most 255 characters; it is the
         *     same each time the action runs for this job, until the step was undone
         */
        R run(String key) throws Exception;
    }

    /**
     * The undo of a step.
     *
     * @param <R> the result of the action
     */
    @FunctionalInterface
    public interface Undo<R extends @Nullable Object> {
        /**
         * Undoes the action if it has happened; otherwise makes sure that it has no effect later.
         *
         * @param result the result of the action; null also if it was not stored, because the process died or lost the
         *     job; the action may or may not have happened then
         * @param key the key that the action was given
         */
        void run(@Nullable R result, String key) throws Exception;
    }
}
