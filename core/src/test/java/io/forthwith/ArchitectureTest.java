package io.forthwith;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which package may use which, and that the engine neither reads the time nor sleeps. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.forthwith");

    @Test
    void checks_all_classes_of_the_core() {
        assertThat(CORE.size()).isGreaterThan(80);
    }

    @Test
    void packages_use_those_below_only() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("internal")
                .definedBy("io.forthwith.internal")
                .layer("words")
                .definedBy("io.forthwith")
                .layer("limit")
                .definedBy("io.forthwith.limit")
                .layer("schedule")
                .definedBy("io.forthwith.schedule")
                .layer("insight")
                .definedBy("io.forthwith.insight")
                .layer("json")
                .definedBy("io.forthwith.json")
                .layer("event")
                .definedBy("io.forthwith.event")
                .layer("roles")
                .definedBy(
                        "io.forthwith.store.act",
                        "io.forthwith.store.count",
                        "io.forthwith.store.label",
                        "io.forthwith.store.limit")
                .layer("store")
                .definedBy("io.forthwith.store")
                .layer("parts")
                .definedBy("io.forthwith.internal.job")
                .layer("rules")
                .definedBy("io.forthwith.store.rules..")
                .layer("rows")
                .definedBy("io.forthwith.store.rows")
                .layer("memory")
                .definedBy("io.forthwith.memory")
                .layer("client")
                .definedBy("io.forthwith.client")
                .layer("worker")
                .definedBy("io.forthwith.worker..")
                .layer("testing")
                .definedBy("io.forthwith.testing")
                .whereLayer("internal")
                .mayNotAccessAnyLayer()
                .whereLayer("limit")
                .mayOnlyAccessLayers("internal")
                .whereLayer("words")
                .mayOnlyAccessLayers("limit", "internal")
                .whereLayer("schedule")
                .mayOnlyAccessLayers("words", "limit", "internal")
                .whereLayer("insight")
                .mayOnlyAccessLayers("words", "limit", "internal")
                .whereLayer("json")
                .mayOnlyAccessLayers("words", "limit", "internal")
                .whereLayer("event")
                .mayOnlyAccessLayers("words", "internal")
                .whereLayer("roles")
                .mayOnlyAccessLayers("words", "limit", "insight", "internal")
                .whereLayer("store")
                .mayOnlyAccessLayers("words", "limit", "insight", "schedule", "roles", "internal")
                .whereLayer("parts")
                .mayOnlyAccessLayers("words", "store", "internal")
                .whereLayer("rules")
                .mayOnlyAccessLayers("words", "limit", "insight", "schedule", "store", "roles", "internal")
                .whereLayer("rows")
                .mayOnlyAccessLayers(
                        "words", "limit", "insight", "schedule", "store", "roles", "rules", "parts", "internal")
                .whereLayer("memory")
                .mayOnlyAccessLayers(
                        "words", "limit", "insight", "schedule", "store", "roles", "rules", "rows", "internal")
                .whereLayer("client")
                .mayOnlyAccessLayers(
                        "words",
                        "limit",
                        "insight",
                        "schedule",
                        "store",
                        "roles",
                        "rules",
                        "json",
                        "event",
                        "parts",
                        "internal")
                .whereLayer("worker")
                .mayOnlyAccessLayers(
                        "words",
                        "limit",
                        "insight",
                        "schedule",
                        "store",
                        "roles",
                        "rules",
                        "json",
                        "event",
                        "parts",
                        "internal")
                .whereLayer("testing")
                .mayOnlyAccessLayers("words", "limit", "json", "parts", "internal")
                .check(CORE);
    }

    @Test
    void packages_are_free_of_cycles() {
        slices().assignedFrom(new Packages()).should().beFreeOfCycles().check(CORE);
    }

    /** {@code worker} is what users import. Of the packages below it, each may use those after it in this list only. */
    @Test
    void packages_of_the_worker_use_those_below_only() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("worker")
                .definedBy("io.forthwith.worker")
                .layer("engine")
                .definedBy("io.forthwith.worker.internal")
                .layer("attempt")
                .definedBy("io.forthwith.worker.internal.attempt")
                .layer("loop")
                .definedBy("io.forthwith.worker.internal.loop")
                .layer("report")
                .definedBy("io.forthwith.worker.internal.report")
                .whereLayer("worker")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("engine")
                .mayOnlyBeAccessedByLayers("worker")
                .whereLayer("attempt")
                .mayOnlyBeAccessedByLayers("worker", "engine")
                .whereLayer("loop")
                .mayOnlyBeAccessedByLayers("worker", "engine", "attempt")
                .check(CORE);
    }

    /**
     * Types of packages that are not exported are public where another package needs them; no exported method shows them. {@code LibraryOnly} is the key of what
     * only the library can call.
     */
    @Test
    void what_is_exported_shows_nothing_that_is_not() {
        classes()
                .that()
                .arePublic()
                .and()
                .resideOutsideOfPackages("..internal..", "..store.rules..")
                .should(showNothingInternal())
                .check(CORE);
    }

    private static ArchCondition<JavaClass> showNothingInternal() {
        return new ArchCondition<>("have no public or protected member with a type of an internal package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getMembers().stream()
                        .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED))
                        .filter(member -> !(member instanceof JavaCodeUnit called
                                && called.getRawParameterTypes().stream()
                                        .anyMatch(each -> each.getSimpleName().equals("LibraryOnly"))))
                        .filter(member -> member.getAllInvolvedRawTypes().stream()
                                .anyMatch(used -> used.getPackageName().contains("internal")))
                        .forEach(member -> events.add(SimpleConditionEvent.violated(type, member.getDescription())));
            }
        };
    }

    @Test
    void what_only_the_library_makes_is_a_value() {
        classes()
                .that(new DescribedPredicate<>("have a constructor that asks who makes them") {
                    @Override
                    public boolean test(JavaClass type) {
                        return type.getConstructors().stream()
                                .anyMatch(each -> each.getRawParameterTypes().stream()
                                        .anyMatch(parameter ->
                                                parameter.getSimpleName().equals("LibraryOnly")));
                    }
                })
                .should()
                .haveModifier(JavaModifier.FINAL)
                .andShould()
                .haveOnlyFinalFields()
                .andShould(new ArchCondition<>("say when they are equal, and what they are") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        boolean isValue =
                                type.tryGetMethod("equals", Object.class).isPresent()
                                        && type.tryGetMethod("hashCode").isPresent()
                                        && type.tryGetMethod("toString").isPresent();
                        if (!isValue) {
                            events.add(SimpleConditionEvent.violated(
                                    type, type.getName() + " lacks equals, hashCode or toString"));
                        }
                    }
                })
                .check(CORE);
    }

    @Test
    void no_package_has_many_more_than_thirty_types() {
        assertThat(CORE.stream()
                        .filter(type ->
                                type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                        .collect(groupingBy(JavaClass::getPackageName, counting())))
                .allSatisfy((room, types) -> assertThat(types).as(room).isLessThanOrEqualTo(32));
    }

    @Test
    void only_the_codec_touches_jackson() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.forthwith.json")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tools.jackson..", "com.fasterxml..")
                .check(CORE);
        assertThat(CORE.stream()
                        .filter(type -> type.getDirectDependenciesFromSelf().stream()
                                .anyMatch(dependency -> dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("tools.jackson")))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("Jackson3Codec", "Jackson3Opaque", "Refusing");
    }

    @Test
    void the_core_uses_no_database_and_no_serialized_objects() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .orShould()
                .callMethod(Class.class, "forName", String.class)
                .check(CORE);
    }

    /** Appenders and the MDC belong to the application: what they throw must not reach the library. */
    @Test
    void only_the_guards_touch_the_log_system() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.forthwith.internal.GuardedLogger")
                .and()
                .doNotHaveFullyQualifiedName("io.forthwith.worker.internal.report.JobMdc")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.slf4j..")
                .check(CORE);
    }

    @Test
    void nothing_reads_the_time_or_sleeps() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(TimeUnit.class, "sleep", long.class)
                .check(CORE);
        // The client returns a future, but calls no method of it that would run code on a thread of its own.
        noClasses()
                .that()
                .resideOutsideOfPackage("io.forthwith.client")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(CompletableFuture.class)
                .check(CORE);
        noClasses()
                .should()
                .callMethodWhere(
                        target(owner(assignableTo(CompletableFuture.class))).and(target(nameMatching(".*Async"))))
                .check(CORE);
    }

    @Test
    void nothing_uses_a_thread_local() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName(ThreadLocal.class.getName())
                .check(CORE);
    }

    @Test
    void less_than_half_of_all_types_are_exported() {
        long open = CORE.stream()
                .filter(type -> type.isTopLevelClass()
                        && type.getModifiers().contains(JavaModifier.PUBLIC)
                        && !type.getPackageName().contains("internal")
                        && !type.getPackageName().contains("store.rules"))
                .count();
        long all = CORE.stream().filter(type -> type.isTopLevelClass()).count();
        assertThat((double) open / all).as("exported types among all").isLessThan(0.5);
    }

    private static final class Packages implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
