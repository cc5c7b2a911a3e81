package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.forthwith.internal.LibraryOnly;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Calls every public method and constructor of the exported packages with null for each argument that may not be null.
 * What is thrown names the argument, or the setting, and the way out. A new method is called without being listed here.
 */
class NullArgumentsTest {
    /** What is left out, each with the reason. A name is that of a class, a method or an argument. */
    private static final Map<String, String> LEFT_OUT = Map.ofEntries(
            Map.entry("BaseProcessor.process", "the library calls it"),
            Map.entry("BulkResult", "a store makes it, a host reads it"),
            Map.entry("FakeJobContext", "stands for a worker in the tests of a host"),
            Map.entry("Jackson3Codec.read", "the library calls it, with what it has checked"),
            Map.entry("Jackson3Codec.write", "the library calls it, with what it has checked"),
            Map.entry("Job", "a store makes it, a host reads it"),
            Map.entry("Builder", "a store makes jobs, a host reads them"),
            Map.entry("JobCodec", "the library calls it, with values that it has checked"),
            Map.entry("JobError#message", "many exceptions have no message; the code is shown instead"),
            Map.entry("JobException#message", "many exceptions have no message; the code is shown instead"),
            Map.entry("JobQuery.selects", "a store calls it"),
            Map.entry("JobRelations", "a store makes it, a host reads it"),
            Map.entry("JobStatus.canBecome", "a store calls it"),
            Map.entry("JobStatus.become", "a store calls it"),
            Map.entry("JobStoreException", "a store throws it"),
            Map.entry("JobType#name", "refused as every name of a job type, which the message says it is"),
            Map.entry("JobClient#input", "its input is the business of the codec"),
            Map.entry("LimitChangeResult", "a store makes it, a host reads it"),
            Map.entry("JobLimit", "the library makes it, a host reads it"),
            Map.entry("SequencePlace", "the library makes it, a host reads it"),
            Map.entry("LimitKey.compareTo", "as every comparison"),
            Map.entry("NewJob#input", "its input is the business of the codec"),
            Map.entry("Schedule#input", "its input is the business of the codec"),
            Map.entry("ProcessorRegistry.process", "the library calls it"),
            Map.entry("Refused", "a codec throws it"),
            Map.entry("ActResult", "a store makes it, a host reads it"),
            Map.entry("Backfilled", "the library makes it, a host reads it"),
            Map.entry("ScheduleDefinition", "the library makes it, a host reads it"),
            Map.entry("StoredSchedule", "the library makes it, a host reads it"),
            Map.entry("Progress", "the library makes it, a host reads it"));

    /** The library makes what is there, and a host reads it. */
    private static final Set<String> READ_ONLY = Set.of("io.forthwith.event", "io.forthwith.insight");

    private final Set<String> used = new TreeSet<>();
    private final List<String> wrong = new ArrayList<>();
    private int calls;

    @Test
    void every_refused_null_is_named_together_with_the_way_out() throws Exception {
        for (Class<?> type : typesForHosts()) {
            for (Executable each : executables(type)) {
                if (!isLeftOut(type.getSimpleName()) && !isLeftOut(type.getSimpleName() + "." + nameOf(each))) {
                    checkArguments(type, each);
                }
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(calls).isGreaterThan(100);
        assertThat(used).as("what is left out exists").containsExactlyInAnyOrderElementsOf(LEFT_OUT.keySet());
    }

    @Test
    void a_user_of_null_is_told_to_leave_the_setting_out() {
        NewJob job = NewJob.of(JobType.of("mail", String.class), "x");

        assertThatThrownBy(() -> job.user(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("userId must not be null: leave user() out for a job that belongs to no user");
    }

    @Test
    void a_processor_whose_type_is_not_initialized_yet_says_so() {
        assertThatThrownBy(() -> new NullArgumentSamples.Processor(null))
                .hasMessageStartingWith("type must not be null: give a JobType that is initialized by then");
    }

    private static List<Class<?>> typesForHosts() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.forthwith").stream()
                        .filter(type -> !type.getPackageName().contains("internal")
                                && !READ_ONLY.contains(type.getPackageName()))
                        .filter(type -> !type.getPackageName().startsWith("io.forthwith.store")
                                && !type.getPackageName().equals("io.forthwith.memory"))
                        .map(JavaClass::reflect)
                        .<Class<?>>map(type -> type)
                        .filter(NullArgumentsTest::isVisible)
                        .toList();
    }

    private static boolean isVisible(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return !type.isAnonymousClass()
                && (Modifier.isPublic(type.getModifiers()) || (outer != null && outer.isInterface()))
                && (outer == null || isVisible(outer));
    }

    private static List<Executable> executables(Class<?> type) {
        return Stream.<Executable>concat(
                        Arrays.stream(type.getConstructors()), Arrays.stream(type.getDeclaredMethods()))
                .filter(each -> Modifier.isPublic(each.getModifiers()) && !Modifier.isAbstract(each.getModifiers()))
                .filter(each -> !each.isSynthetic() && !nameOf(each).equals("equals"))
                // The library alone can make one.
                .filter(each -> !List.of(each.getParameterTypes()).contains(LibraryOnly.class))
                .filter(each -> !type.isEnum() || !nameOf(each).equals("valueOf"))
                .toList();
    }

    private static String nameOf(Executable each) {
        return each instanceof Constructor ? "new" : each.getName();
    }

    private boolean isLeftOut(String name) {
        if (LEFT_OUT.containsKey(name)) {
            used.add(name);
            return true;
        }
        return false;
    }

    private void checkArguments(Class<?> type, Executable each) throws Exception {
        for (int i = 0; i < each.getParameterCount(); i++) {
            Parameter parameter = each.getParameters()[i];
            assertThat(parameter.isNamePresent())
                    .as("compiled with -parameters")
                    .isTrue();
            if (parameter.getType().isPrimitive()
                    || isNullable(each.getAnnotatedParameterTypes()[i])
                    || isLeftOut(type.getSimpleName() + "#" + parameter.getName())) {
                continue;
            }
            check(each, i, null);
            for (Object holder : holdersOfNull(parameter.getType())) {
                check(each, i, holder);
            }
        }
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class)
                || (type.getType() instanceof TypeVariable<?> variable
                        && variable.getAnnotatedBounds()[0].isAnnotationPresent(Nullable.class));
    }

    private static List<Object> holdersOfNull(Class<?> type) {
        if (type.isArray()) {
            return List.of(Array.newInstance(type.getComponentType(), 1));
        }
        if (!Collection.class.isAssignableFrom(type)) {
            return List.of();
        }
        Collection<Object> holder = type == Set.class ? new HashSet<>() : new ArrayList<>();
        holder.addAll(Collections.singleton(null));
        return List.of(holder);
    }

    private void check(Executable each, int at, @Nullable Object refused) throws Exception {
        Object[] arguments = Arrays.stream(each.getParameterTypes())
                .map(NullArgumentSamples::of)
                .toArray();
        arguments[at] = refused;
        calls++;
        Throwable thrown = call(each, arguments);
        String message = thrown == null ? "nothing" : String.valueOf(thrown.getMessage());
        if (!(thrown instanceof NullPointerException)
                || !(tells(message, each.getParameters()[at].getName()) || tells(message, nameOf(each)))) {
            wrong.add(each.toString().replaceAll("[a-z]+\\.(?=[a-z.]*[A-Z])", "") + ", "
                    + each.getParameters()[at].getName() + (refused == null ? "" : " that holds null") + ": "
                    + message);
        }
    }

    /** Whether a message names the argument, perhaps in words, and goes on with the way out. */
    private static boolean tells(String message, String name) {
        int rule = message.indexOf(" must not ");
        return rule > 0
                && message.substring(0, rule)
                        .replace(" ", "")
                        .toLowerCase(Locale.ROOT)
                        .contains(name.toLowerCase(Locale.ROOT))
                && message.substring(rule).matches(" must not (be|hold) null: .{10,}");
    }

    private static @Nullable Throwable call(Executable each, Object[] arguments) throws Exception {
        try {
            if (each instanceof Constructor<?> constructor) {
                constructor.newInstance(arguments);
            } else {
                Object target = Modifier.isStatic(each.getModifiers())
                        ? null
                        : NullArgumentSamples.of(each.getDeclaringClass());
                ((Method) each).invoke(target, arguments);
            }
            return null;
        } catch (InvocationTargetException thrown) {
            return thrown.getCause();
        }
    }
}
