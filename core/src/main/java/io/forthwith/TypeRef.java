package io.forthwith;

import io.forthwith.internal.NullRules;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Names a generic type, which a class cannot: {@code new TypeRef<List<Line>>() {}}, with the two braces. Immutable. Two
 * are equal if they name the same type.
 *
 * @param <T> the type
 */
public abstract class TypeRef<T extends @Nullable Object> {
    private final Type type;

    /**
     * Reads the type from the subclass.
     *
     * @throws IllegalArgumentException if the subclass does not name the type
     */
    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType named
                && named.getRawType() == TypeRef.class)) {
            throw new IllegalArgumentException(
                    "A TypeRef names its type where it is made: new TypeRef<List<Line>>() {}");
        }
        this.type = named.getActualTypeArguments()[0];
    }

    private TypeRef(Type type) {
        this.type = type;
    }

    /** Names a class. */
    public static <T extends @Nullable Object> TypeRef<T> of(Class<T> type) {
        return new Given<>(NullRules.require(type, "type", "give the class, Void.class for nothing"));
    }

    /** Names what reflection has found, such as the type of a method's parameter. */
    public static TypeRef<?> of(Type type) {
        return new Given<>(NullRules.require(type, "type", "give the type, Void.class for nothing"));
    }

    /** The type. */
    public final Type type() {
        return type;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof TypeRef<?> ref && ref.type.equals(type);
    }

    @Override
    public final int hashCode() {
        return type.hashCode();
    }

    /** The type without packages: {@code List<Line>}. */
    @Override
    public final String toString() {
        return type instanceof Class<?> one
                ? one.getSimpleName()
                : type.getTypeName().replaceAll("[\\w.]+[.$]\\d*(?=\\w)", "");
    }

    private static final class Given<T extends @Nullable Object> extends TypeRef<T> {
        Given(Type type) {
            super(type);
        }
    }
}
