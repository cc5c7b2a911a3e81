package io.forthwith;

import io.forthwith.internal.CheckReturnValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A type of job whose jobs have a result, made by {@link JobType#returning(Class)}. The types are not stored: they say what a processor of this
 * process must return, and what {@code JobClient.run} and {@code JobClient.awaitResult} read. Immutable and thread-safe.
 *
 * @param <I> the input, usually a record
 * @param <O> the result, stored as JSON; a processor may return null for none
 */
@CheckReturnValue
public final class ReturningJobType<I, O extends @Nullable Object> extends JobType<I> {
    private final TypeRef<O> result;

    ReturningJobType(String name, TypeRef<I> input, TypeRef<O> result, List<String> formerNames) {
        super(name, input, formerNames);
        this.result = result;
    }

    /** The type of the result. */
    public TypeRef<O> result() {
        return result;
    }

    @Override
    public ReturningJobType<I, O> formerly(String... names) {
        return new ReturningJobType<>(name(), input(), result, formerNamesAnd(names));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other) && other instanceof ReturningJobType<?, ?> type && type.result.equals(result);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + result.hashCode();
    }

    /** The name, the input and the result: {@code greet(Greeting): String}. */
    @Override
    public String toString() {
        return super.toString() + ": " + result;
    }
}
