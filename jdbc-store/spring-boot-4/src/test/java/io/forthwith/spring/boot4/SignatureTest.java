package io.forthwith.spring.boot4;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.forthwith.annotation.Incubating;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.JobStore;
import io.forthwith.store.JoinedStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What users can call, as it was agreed. A signature that is gone or changed fails this test, and breaks a program that was compiled before. What is new is added by {@code
 * -Dforthwith.signatures=write}. Lines that begin with {@value #INCUBATING} may change.
 *
 * <p>The store API is left out, but for the names of {@link JobStore} and {@link JoinedStore}; so is the module for Jackson 2, which is not on the path here; and so is what only the library can call, because it asks for a {@link LibraryOnly}.
 */
class SignatureTest {
    private static final Path AGREED = Path.of("src/test/resources/signatures.txt");
    private static final String INCUBATING = "incubating: ";
    private static final Path REASONS = Path.of("../../docs/public-types.md");
    private static final Pattern ROW =
            Pattern.compile("\\|(?<outer>`[^:|]+`)(: (?<inner>`[^|]+`))?\\|(?<reason>[^|]*)\\|");
    /** What users pass on and do not look into. */
    private static final Set<Class<?>> NAMED = Set.of(JobStore.class, JoinedStore.class);

    private static final Collection<ModuleDescriptor> DESCRIPTORS = descriptors();

    @Test
    void nothing_that_users_call_is_gone_or_changed_and_what_is_new_is_written_down() throws Exception {
        Set<String> agreed = new TreeSet<>(Files.exists(AGREED) ? Files.readAllLines(AGREED) : List.of());
        Set<String> now = signatures();

        assertThat(now).hasSizeGreaterThan(1_000);
        Set<String> lost = new TreeSet<>(agreed);
        lost.removeIf(line -> line.startsWith(INCUBATING) || now.contains(line));
        assertThat(lost)
                .as(
                        "signatures that are gone, or changed: a program that calls them no longer runs. Keep them; before version 1.0 delete their lines, with a row in docs/upgrading.md")
                .isEmpty();
        if ("write".equals(System.getProperty("forthwith.signatures"))) {
            Files.write(AGREED, now);
        }
        assertThat(new TreeSet<>(Files.readAllLines(AGREED)))
                .as("signatures in the file: add the new ones with -Dforthwith.signatures=write, and look at each")
                .isEqualTo(now);
    }

    @Test
    void users_meet_no_type_of_stores_but_the_store_itself() {
        assertThat(signatures())
                .allSatisfy(line -> assertThat(
                                NAMED.stream().map(Class::getName).reduce(line, (text, name) -> text.replace(name, "")))
                        .doesNotContain("io.forthwith.store."));
    }

    @Test
    void each_type_that_is_public_has_a_reason() throws Exception {
        assertThat(reasons())
                .as("types in docs/public-types.md: give a new one its reason there, or make it package-private")
                .isEqualTo(types().map(Class::getCanonicalName).collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The types that the document names, each in a row with a reason. */
    private static Set<String> reasons() throws IOException {
        Set<String> named = new TreeSet<>();
        String inPackage = "";
        for (String line : Files.readAllLines(REASONS)) {
            Matcher row = ROW.matcher(line);
            if (line.startsWith("## ")) {
                inPackage = line.substring(3) + ".";
            } else if (row.matches()) {
                assertThat(row.group("reason")).as(line).hasSizeGreaterThan(10).endsWith(".");
                for (String outer : names(row.group("outer"))) {
                    assertThat(named.add(inPackage + outer))
                            .as("%s is named once", outer)
                            .isTrue();
                    for (String inner : names(row.group("inner"))) {
                        named.add(inPackage + outer + "." + inner);
                    }
                }
            }
        }
        return named;
    }

    private static List<String> names(@Nullable String cell) {
        return cell == null ? List.of() : Arrays.asList(cell.replace("`", "").split(", "));
    }

    private static Set<String> signatures() {
        Set<String> lines = new TreeSet<>();
        types().forEach(type -> {
            if (NAMED.contains(type)) {
                lines.add(type.toString());
            } else {
                addAll(lines, type);
            }
        });
        return lines;
    }

    private static Stream<Class<?>> types() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.forthwith").stream()
                        .filter(found -> isOfUsers(found.getPackageName()))
                        .<Class<?>>map(JavaClass::reflect)
                        .filter(type -> NAMED.contains(type)
                                || (type.getPackage() != JobStore.class.getPackage() && isVisible(type)));
    }

    private static boolean isOfUsers(String name) {
        return !name.contains("internal")
                && (!name.startsWith("io.forthwith.store") || name.equals("io.forthwith.store"))
                && !name.equals("io.forthwith.spring.boot4")
                && isExported(name);
    }

    /** A package of a module that does not export it to all is none of users. */
    private static boolean isExported(String name) {
        return DESCRIPTORS.stream()
                .filter(module -> module.packages().contains(name))
                .allMatch(module -> module.exports().stream()
                        .anyMatch(export -> export.source().equals(name) && !export.isQualified()));
    }

    private static Collection<ModuleDescriptor> descriptors() {
        try {
            List<ModuleDescriptor> found = new ArrayList<>();
            for (URL url : Collections.list(SignatureTest.class.getClassLoader().getResources("module-info.class"))) {
                try (InputStream read = url.openStream()) {
                    ModuleDescriptor module = ModuleDescriptor.read(read);
                    if (module.name().startsWith("io.forthwith")) {
                        found.add(module);
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isVisible(Class<?> type) {
        boolean isPublic = Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
        return isPublic && (type.getDeclaringClass() == null || isVisible(type.getDeclaringClass()));
    }

    private static void addAll(Set<String> lines, Class<?> type) {
        boolean isIncubating = isIncubating(type);
        Set<String> own = new HashSet<>();
        own.add(type.toGenericString()
                + (type.getGenericSuperclass() == null
                                || type.getSuperclass() == Object.class
                                || JobStore.class.isAssignableFrom(type)
                        ? ""
                        : " extends " + type.getGenericSuperclass().getTypeName())
                + Arrays.stream(type.getGenericInterfaces())
                        .map(each -> " implements " + each.getTypeName())
                        .reduce("", String::concat));
        Stream.of(type.getDeclaredConstructors(), type.getDeclaredMethods())
                .flatMap(Arrays::stream)
                .filter(each -> isCalledByUsers(type, each))
                .forEach(each -> own.add(marked(
                        each,
                        each instanceof Method method
                                ? method.toGenericString()
                                : ((Constructor<?>) each).toGenericString())));
        for (Field field : type.getDeclaredFields()) {
            if (isOpen(field.getModifiers()) && !field.isSynthetic()) {
                own.add(marked(field, field.toGenericString() + value(field)));
            }
        }
        own.forEach(line -> lines.add(isIncubating && !line.startsWith(INCUBATING) ? INCUBATING + line : line));
    }

    private static boolean isIncubating(Class<?> type) {
        return type.isAnnotationPresent(Incubating.class)
                || (type.getDeclaringClass() != null && isIncubating(type.getDeclaringClass()));
    }

    private static String marked(AnnotatedElement element, String line) {
        return element.isAnnotationPresent(Incubating.class) ? INCUBATING + line : line;
    }

    private static boolean isOpen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static boolean isCalledByUsers(Class<?> type, Executable each) {
        boolean isOfObject = each instanceof Method
                && Stream.of("equals", "hashCode", "toString").anyMatch(each.getName()::equals);
        boolean isOfStores = JobStore.class.isAssignableFrom(type)
                && Arrays.stream(JobStore.class.getMethods())
                        .anyMatch(method -> method.getName().equals(each.getName())
                                && Arrays.equals(method.getParameterTypes(), each.getParameterTypes()));
        boolean isProtectedOfFinal = Modifier.isFinal(type.getModifiers()) && !Modifier.isPublic(each.getModifiers());
        return isOpen(each.getModifiers())
                && !each.isSynthetic()
                && !isOfObject
                && !isOfStores
                && !isProtectedOfFinal
                && !List.of(each.getParameterTypes()).contains(LibraryOnly.class);
    }

    /** A program has a constant as it was when it was compiled. */
    private static String value(Field field) {
        boolean isConstant = Modifier.isStatic(field.getModifiers())
                && Modifier.isFinal(field.getModifiers())
                && (field.getType().isPrimitive() || field.getType() == String.class);
        try {
            return isConstant ? " = " + field.get(null) : "";
        } catch (IllegalAccessException e) {
            return "";
        }
    }
}
