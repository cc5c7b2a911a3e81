package io.forthwith;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The arrows between packages go down only, and the engine owns neither time nor sleep. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.forthwith");

    @Test
    void looks_at_the_real_classes() {
        assertThat(CORE.size()).isGreaterThan(80);
    }

    @Test
    void arrows_go_down_only() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("internal")
                .definedBy("io.forthwith.internal")
                .layer("words")
                .definedBy("io.forthwith")
                .layer("json")
                .definedBy("io.forthwith.json")
                .layer("event")
                .definedBy("io.forthwith.event")
                .layer("store")
                .definedBy("io.forthwith.store")
                .layer("rules")
                .definedBy("io.forthwith.store.rules")
                .layer("rows")
                .definedBy("io.forthwith.store.rows")
                .layer("client")
                .definedBy("io.forthwith.client")
                .layer("worker")
                .definedBy("io.forthwith.worker..")
                .layer("testing")
                .definedBy("io.forthwith.testing")
                .whereLayer("internal")
                .mayNotAccessAnyLayer()
                .whereLayer("words")
                .mayOnlyAccessLayers("internal")
                .whereLayer("json")
                .mayOnlyAccessLayers("words", "internal")
                .whereLayer("event")
                .mayOnlyAccessLayers("words")
                .whereLayer("store")
                .mayOnlyAccessLayers("words", "internal")
                .whereLayer("rules")
                .mayOnlyAccessLayers("words", "store", "internal")
                .whereLayer("rows")
                .mayOnlyAccessLayers("words", "store", "rules", "internal")
                .whereLayer("client")
                .mayOnlyAccessLayers("words", "store", "json", "internal")
                .whereLayer("worker")
                .mayOnlyAccessLayers("words", "store", "rules", "json", "event", "internal")
                .whereLayer("testing")
                .mayOnlyAccessLayers("words", "json")
                .check(CORE);
    }

    /** {@code worker} is what users import of the engine, whose rooms lie below it. */
    @Test
    void packages_are_free_of_cycles() {
        slices().assignedFrom(new Rooms()).should().beFreeOfCycles().check(CORE);
    }

    @Test
    void no_package_is_crowded() {
        assertThat(CORE.stream()
                        .filter(type ->
                                type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                        .collect(groupingBy(JavaClass::getPackageName, counting())))
                .allSatisfy((room, types) -> assertThat(types).as(room).isLessThanOrEqualTo(30));
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
                                        .startsWith("tools.jackson"))))
                .hasSize(1);
    }

    @Test
    void the_core_knows_no_database_and_no_serialized_objects() {
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

    @Test
    void the_engine_neither_asks_for_the_time_nor_sleeps() {
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
        // In the client a future is only handed to whoever enqueues, and no method of it is called that runs things on
        // its own.
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
    void nothing_of_ours_stays_behind_on_a_thread() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName(ThreadLocal.class.getName())
                .check(CORE);
    }

    /** Types of rooms that are not exported are public where another room needs them. */
    @Test
    void few_types_are_exported() {
        long open = CORE.stream()
                .filter(type -> type.isTopLevelClass()
                        && type.getModifiers().contains(JavaModifier.PUBLIC)
                        && !type.getPackageName().contains("internal"))
                .count();
        long all = CORE.stream().filter(type -> type.isTopLevelClass()).count();
        assertThat((double) open / all).as("exported types among all").isLessThan(0.5);
    }

    /** Each package is a room, and {@code worker} is one with the room that its types begin in. */
    private static final class Rooms implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String room = type.getPackageName();
            return SliceIdentifier.of(room.startsWith("io.forthwith.worker") ? "io.forthwith.worker" : room);
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}
