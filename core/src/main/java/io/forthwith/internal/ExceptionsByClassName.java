package io.forthwith.internal;

import org.jspecify.annotations.Nullable;

/** Finds exception classes by name, for classes of modules that the core does not require. */
public final class ExceptionsByClassName {
    private ExceptionsByClassName() {}

    public static boolean isA(Throwable thrown, String className) {
        return superclass(thrown, className) != null;
    }

    /** The class of that name among the class of {@code thrown} and its superclasses; null if there is none. */
    public static @Nullable Class<?> superclass(Throwable thrown, String className) {
        Class<?> type = thrown.getClass();
        while (type != null && !type.getName().equals(className)) {
            type = type.getSuperclass();
        }
        return type;
    }
}
