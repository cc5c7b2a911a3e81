package io.forthwith.dashboard;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.JobStore;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A store whose rows somebody has changed by hand: where they say {@link #MARK}, what is read has HTML, marks of direction, control characters and a text without a
 * space. A client refuses most of it.
 */
final class HostileStore {
    /** Stands for the hostile text in the texts of a job. */
    static final String MARK = "HOSTILE";

    /** A script sets {@code window.hacked} if it runs. */
    static final String TEXT =
            "<script>window.hacked=1</script>\u202e\u05e9\u05dc\u05d5\u05dd\u0000\ud800 <img src=x onerror=\"window.hacked=1\">"
                    + "</td></bdi>'\"><b>bold</b>&amp;gnp.exe\u2066\u0007\u001b[31m\u0085\u200b\ufeff {0} ${7*7} javascript:alert(1)";

    /** The same when it comes back in an address, which cannot hold half of a pair. */
    private static final String IN_AN_ADDRESS = TEXT.replace('\ud800', '?');

    /** Stands where twice the mark is, in texts that a store does not limit. */
    private static final String LONG = TEXT + "W".repeat(300_000);

    private HostileStore() {}

    /** Reads {@code store}. */
    static JobStore of(JobStore store) {
        return (JobStore) proxy(List.of(JobStore.class), store);
    }

    private static Object proxy(List<? extends Class<?>> types, Object real) {
        return Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), types.toArray(Class<?>[]::new), (proxy, method, arguments) -> {
                    try {
                        Object[] given = arguments == null
                                ? null
                                : Arrays.stream(arguments)
                                        .map(each -> changed(each, true))
                                        .toArray();
                        return changed(method.invoke(real, given), false);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static @Nullable Object changed(@Nullable Object value, boolean isBack) {
        if (value instanceof String text) {
            return isBack
                    ? text.replace(TEXT, MARK).replace(IN_AN_ADDRESS, MARK)
                    : text.replace(MARK + MARK, LONG).replace(MARK, TEXT);
        }
        if (value instanceof Optional<?> optional) {
            return optional.map(each -> changed(each, isBack));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(each -> changed(each, isBack)).toList();
        }
        if (value instanceof Set<?> set) {
            return set.stream().map(each -> changed(each, isBack)).collect(Collectors.toSet());
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> all = new LinkedHashMap<>();
            map.forEach((key, each) -> all.put(key, changed(each, isBack)));
            return all;
        }
        if (value != null && isMadeOfParts(value.getClass())) {
            return remade(value, isBack);
        }
        return isBack || value == null ? value : interfaceOf(value);
    }

    /** The other roles of a store are read through a proxy too. */
    private static Object interfaceOf(Object value) {
        boolean isValue = value instanceof Enum
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Temporal
                || value instanceof Collection;
        if (isValue) {
            return value;
        }
        // All of them: one object may play several roles, such as those of acts and of the audit.
        List<Class<?>> roles = Arrays.stream(value.getClass().getInterfaces())
                .filter(each -> each.getPackageName().startsWith(JobStore.class.getPackageName()))
                .toList();
        return roles.isEmpty() ? value : proxy(roles, value);
    }

    /** Values of the library are records, or final classes that have a constructor with all their parts. */
    private static boolean isMadeOfParts(Class<?> type) {
        return Modifier.isFinal(type.getModifiers())
                && !type.isEnum()
                && type.getPackageName().startsWith("io.forthwith")
                && constructor(type).isPresent();
    }

    private static List<Field> parts(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
                .toList();
    }

    private static Optional<Constructor<?>> constructor(Class<?> type) {
        List<Class<?>> parts =
                parts(type).stream().<Class<?>>map(Field::getType).toList();
        return Arrays.stream(type.getDeclaredConstructors())
                .filter(each -> withoutMaker(each).equals(parts))
                .findFirst();
    }

    private static List<Class<?>> withoutMaker(Constructor<?> constructor) {
        return Arrays.stream(constructor.getParameterTypes())
                .filter(type -> type != LibraryOnly.class)
                .toList();
    }

    private static Object remade(Object value, boolean isBack) {
        try {
            Constructor<?> constructor = constructor(value.getClass()).orElseThrow();
            List<@Nullable Object> values = new ArrayList<>();
            if (List.of(constructor.getParameterTypes()).contains(LibraryOnly.class)) {
                values.add(LibraryOnly.KEY);
            }
            for (Field part : parts(value.getClass())) {
                part.setAccessible(true);
                values.add(changed(part.get(value), isBack));
            }
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot change " + value.getClass(), e);
        }
    }
}
