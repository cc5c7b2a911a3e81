package io.forthwith.internal;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The rule for arguments: none is null, unless its method says so. The message names the argument and the way out,
 * because it is often the first one of this library that a person reads.
 */
public final class NullRules {
    private NullRules() {}

    /**
     * Returns {@code value} if it is not null.
     *
     * @param name the name of the argument or of the setting
     * @param wayOut what to give instead, or that the call can be left out
     * @throws NullPointerException naming the argument and the way out
     */
    public static <T> T require(@Nullable T value, String name, String wayOut) {
        if (value == null) {
            throw new NullPointerException(name + " must not be null: " + wayOut);
        }
        return value;
    }

    /**
     * Returns {@code values} if neither it nor one of its elements is null.
     *
     * @throws NullPointerException naming the argument and the way out
     */
    public static <C extends Collection<?>> C requireAll(@Nullable C values, String name, String wayOut) {
        for (Object value : require(values, name, wayOut)) {
            if (value == null) {
                throw new NullPointerException(name + " must not hold null: " + wayOut);
            }
        }
        return require(values, name, wayOut);
    }

    /** Requires the same of variable arguments. */
    public static <T> T[] requireAll(T @Nullable [] values, String name, String wayOut) {
        for (T value : require(values, name, wayOut)) {
            if (value == null) {
                throw new NullPointerException(name + " must not hold null: " + wayOut);
            }
        }
        return require(values, name, wayOut);
    }
}
