package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobContext;
import io.forthwith.testing.FakeJobContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Calls every public method of the exported classes with null for each argument that may not be null. What is thrown
 * names the argument and the way out. Left out are the methods of {@code JobStore}: the library calls them, and
 * {@code JobClient} has refused null before.
 */
class NullArgumentsTest {
    private static final JdbcJobStore STORE = JdbcJobStore.of(TestH2.migrated());
    private static final Map<Class<?>, Object> SAMPLES = Map.of(
            DataSource.class,
            TestH2.migrated(),
            String.class,
            "h2",
            int.class,
            1,
            Duration.class,
            Duration.ofSeconds(1),
            JobContext.class,
            FakeJobContext.of("x"),
            JdbcJobStore.TransactionalWork.class,
            (JdbcJobStore.TransactionalWork<String>) connection -> "done");

    @Test
    void every_refused_null_is_named_together_with_the_way_out() throws Exception {
        List<String> wrong = new ArrayList<>();
        int calls = 0;
        for (Method method : methods()) {
            for (int i = 0; i < method.getParameterCount(); i++) {
                Parameter parameter = method.getParameters()[i];
                if (parameter.getType().isPrimitive()
                        || parameter.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                    continue;
                }
                calls++;
                Throwable thrown = thrownBy(method, i);
                if (!(thrown instanceof NullPointerException)
                        || !String.valueOf(thrown.getMessage())
                                .matches(parameter.getName() + " must not be null: .{10,}")) {
                    wrong.add(method + ", " + parameter.getName() + ": " + thrown);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(calls).isGreaterThan(12);
    }

    private static List<Method> methods() {
        return Stream.of(JdbcJobStore.class, JdbcSchema.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .filter(method -> Stream.of(io.forthwith.store.JobStore.class.getMethods())
                        .noneMatch(role -> role.getName().equals(method.getName())
                                && Arrays.equals(role.getParameterTypes(), method.getParameterTypes())))
                .toList();
    }

    private static @Nullable Throwable thrownBy(Method method, int at) throws Exception {
        Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            Class<?> type = method.getParameterTypes()[i];
            arguments[i] = i == at || type == Connection.class ? null : SAMPLES.get(type);
        }
        try {
            method.invoke(STORE, arguments);
            return null;
        } catch (InvocationTargetException thrown) {
            return thrown.getCause();
        }
    }
}
