package io.forthwith.dashboard.internal.data;

import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a read has given: a value, or why there is none. Immutable.
 *
 * @param value what was read; null if there is nothing to show
 * @param at when; null if there is nothing to show
 * @param problem why the value is missing, or old; null if it is new
 */
public record Answer<T>(
        @Nullable T value, @Nullable Instant at, @Nullable Problem problem) {
    /** Why a value is missing. */
    public enum Problem {
        /** The store has not answered in time. */
        TOO_SLOW,
        /** There was no time to ask the store: others had asked before. It is not asked any more. */
        NOT_BEGUN,
        /** The store has answered with an error, or the value cannot be read. */
        FAILED,
        /** The store does not keep it. */
        NOT_KEPT
    }

    /** A value that was just read. */
    static <T> Answer<T> of(T value, Instant at) {
        return new Answer<>(value, at, null);
    }

    /** No value. */
    static <T> Answer<T> none(Problem why) {
        return new Answer<>(null, null, why);
    }

    /** The values of both, as old as the older one; none if one of them has none. */
    public static <T> Answer<List<T>> both(Answer<List<T>> one, Answer<List<T>> other) {
        return one.with(
                other,
                (first, second) ->
                        Stream.of(first, second).flatMap(List::stream).toList());
    }

    /** What becomes of the values of both, as old as the older one; none if one of them has none. */
    <U, R> Answer<R> with(Answer<U> other, BiFunction<? super T, ? super U, ? extends R> join) {
        if (value == null || at == null) {
            return none(problem == null ? Problem.FAILED : problem);
        }
        if (other.value == null || other.at == null) {
            return none(other.problem == null ? Problem.FAILED : other.problem);
        }
        return new Answer<>(
                join.apply(value, other.value),
                at.isBefore(other.at) ? at : other.at,
                problem == null ? other.problem : problem);
    }

    /** Keeps the value, which could not be read anew. */
    Answer<T> old(Problem why) {
        return new Answer<>(value, at, why);
    }

    /** Replaces the value; the time and the problem stay. */
    public <R> Answer<R> changed(Function<? super T, ? extends R> change) {
        return new Answer<>(map(change), at, problem);
    }

    /** What becomes of the value, if there is one. */
    public <R> @Nullable R map(Function<? super T, ? extends R> change) {
        return value == null ? null : change.apply(value);
    }

    /** The value, or another one. */
    public T or(T other) {
        return value == null ? other : value;
    }
}
