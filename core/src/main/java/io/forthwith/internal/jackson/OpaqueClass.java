package io.forthwith.internal.jackson;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells classes of which Jackson writes an empty object although they hold data, from those that have nothing to write. Both
 * codecs ask it once for each class, when Jackson has found no property of the class.
 */
public final class OpaqueClass {
    private static final Pattern GETTER = Pattern.compile("(?:get|is)(\\p{Lu})(.*)");

    private OpaqueClass() {}

    /**
     * Whether an empty object would lose what a value of the class holds: it is {@code Object} itself, or has a field that
     * nobody has left out on purpose. A field that is transient, or that has an annotation of Jackson, itself or at its getter,
     * is left out on purpose.
     *
     * @param ignored the names of the properties that annotations of the class leave out
     */
    public static boolean hides(Class<?> type, Set<String> ignored) {
        if (type == Object.class) {
            return true;
        }
        Set<String> leftOut = new HashSet<>(ignored);
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            for (Method method : each.getDeclaredMethods()) {
                addAnnotated(method, leftOut);
            }
        }
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            if (Arrays.stream(each.getDeclaredFields()).anyMatch(field -> isData(field, leftOut))) {
                return true;
            }
        }
        return false;
    }

    private static void addAnnotated(Method method, Set<String> leftOut) {
        if (method.getParameterCount() == 0
                && !Modifier.isStatic(method.getModifiers())
                && hasAnnotationOfJackson(method)) {
            Matcher getter = GETTER.matcher(method.getName());
            leftOut.add(
                    getter.matches() ? getter.group(1).toLowerCase(Locale.ROOT) + getter.group(2) : method.getName());
        }
    }

    /** The compiler makes synthetic fields, for example for the object around an inner class. */
    private static boolean isData(Field field, Set<String> leftOut) {
        int modifiers = field.getModifiers();
        return !Modifier.isStatic(modifiers)
                && !Modifier.isTransient(modifiers)
                && !field.isSynthetic()
                && !leftOut.contains(field.getName())
                && !hasAnnotationOfJackson(field);
    }

    private static boolean hasAnnotationOfJackson(AnnotatedElement element) {
        return Arrays.stream(element.getDeclaredAnnotations())
                .map(annotation -> annotation.annotationType().getName())
                .anyMatch(name -> name.startsWith("com.fasterxml.jackson.") || name.startsWith("tools.jackson."));
    }
}
