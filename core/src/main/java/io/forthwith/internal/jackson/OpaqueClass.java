package io.forthwith.internal.jackson;

import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;

/**
 * Tells classes of which Jackson writes an empty object although they hold data, from those that have nothing to write. Both
 * codecs ask it once for each class, when Jackson has found no property of the class.
 */
public final class OpaqueClass {
    private OpaqueClass() {}

    /**
     * Whether an empty object would lose what a value of the class holds: it is {@code Object} itself, or has a field that
     * nobody has left out on purpose. A field that is transient or that has an annotation of Jackson is left out on purpose.
     *
     * @param ignored the names of the properties that annotations leave out
     */
    public static boolean hides(Class<?> type, Set<String> ignored) {
        if (type == Object.class) {
            return true;
        }
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            if (Arrays.stream(each.getDeclaredFields()).anyMatch(field -> isData(field, ignored))) {
                return true;
            }
        }
        return false;
    }

    /** The compiler makes synthetic fields, for example for the object around an inner class. */
    private static boolean isData(Field field, Set<String> ignored) {
        int modifiers = field.getModifiers();
        return !Modifier.isStatic(modifiers)
                && !Modifier.isTransient(modifiers)
                && !field.isSynthetic()
                && !ignored.contains(field.getName())
                && Arrays.stream(field.getDeclaredAnnotations()).noneMatch(OpaqueClass::isOfJackson);
    }

    private static boolean isOfJackson(Annotation annotation) {
        String name = annotation.annotationType().getName();
        return name.startsWith("com.fasterxml.jackson.") || name.startsWith("tools.jackson.");
    }
}
