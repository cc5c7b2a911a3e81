package io.forthwith.jdbc;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses STORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.forthwith.jdbc");

    private static final String ROOT = "io.forthwith.jdbc";
    private static final String INTERNAL = ROOT + ".internal";

    /** From the bottom up. Those of one level know nothing of each other. */
    private static final List<List<String>> LEVELS = List.of(
            rooms("sql"),
            rooms("rows", "schema", "driver"),
            rooms("family", "limits"),
            rooms("adding"),
            rooms("operations"),
            rooms("counts", "acts"),
            rooms("postgresql", "mariadb", "sqlite", "h2"),
            List.of(INTERNAL),
            List.of(ROOT));

    private static final int MOST_TYPES = 30;

    private static List<String> rooms(String... names) {
        return List.of(names).stream().map(name -> INTERNAL + "." + name).toList();
    }

    /** Appenders belong to the application: what they throw must not reach the store. */
    @Test
    void only_the_guard_touches_the_log_system() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(INTERNAL + ".sql.StoreLogger")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.slf4j..")
                .check(STORE);
    }

    @Test
    void the_store_knows_the_words_and_the_interface_it_implements_and_nothing_above() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.forthwith",
                        "io.forthwith.insight",
                        "io.forthwith.internal",
                        "io.forthwith.internal.job",
                        "io.forthwith.limit",
                        "io.forthwith.schedule",
                        "io.forthwith.store",
                        "io.forthwith.store.act",
                        "io.forthwith.store.count",
                        "io.forthwith.store.label",
                        "io.forthwith.store.limit",
                        "io.forthwith.store.rules..",
                        "io.forthwith.jdbc..",
                        "java..",
                        "javax.sql..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "org.postgresql",
                        "org.postgresql.copy",
                        "org.postgresql.core",
                        "org.postgresql.util")
                .check(STORE);
    }

    @Test
    void four_classes_know_the_driver_since_a_host_may_not_have_it() {
        noClasses()
                .that()
                .doNotHaveSimpleName("PostgresNotifications")
                .and()
                .doNotHaveSimpleName("PostgresCopy")
                .and()
                .doNotHaveFullyQualifiedName("io.forthwith.jdbc.internal.postgresql.UnreplicatedCommit$OfDriver")
                .and()
                .resideOutsideOfPackage("io.forthwith.jdbc.internal.driver")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql..")
                .check(STORE);
    }

    @Test
    void only_the_store_and_its_schema_are_public_in_the_exported_package() {
        assertThat(STORE.stream()
                        .filter(type -> type.getPackageName().equals(ROOT)
                                && type.isTopLevelClass()
                                && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("JdbcJobStore", "JdbcSchema");
    }

    @Test
    void the_exported_package_holds_nothing_else() {
        assertThat(typesPerPackage()).containsEntry(ROOT, 2L);
    }

    @Test
    void no_room_is_crowded() {
        assertThat(typesPerPackage())
                .allSatisfy((room, types) -> assertThat(types).as(room).isLessThanOrEqualTo(MOST_TYPES));
    }

    private static Map<String, Long> typesPerPackage() {
        return STORE.stream()
                .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    }

    @Test
    void no_circle_leads_through_the_rooms() {
        slices().assignedFrom(new EachPackage()).should().beFreeOfCycles().check(STORE);
    }

    @Test
    void every_room_has_its_level_and_knows_only_those_below() {
        assertThat(typesPerPackage().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        LEVELS.stream().flatMap(List::stream).toList());
        for (int level = 0; level < LEVELS.size(); level++) {
            for (String room : LEVELS.get(level)) {
                List<String> notBelow = LEVELS.subList(level, LEVELS.size()).stream()
                        .flatMap(List::stream)
                        .filter(other -> !other.equals(room))
                        .toList();
                noClasses()
                        .that()
                        .resideInAPackage(room)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(notBelow.toArray(String[]::new))
                        .allowEmptyShould(notBelow.isEmpty())
                        .check(STORE);
            }
        }
    }

    @Test
    void what_runs_statements_knows_nothing_of_jobs() {
        classes()
                .that()
                .resideInAPackage(INTERNAL + ".sql")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(INTERNAL + ".sql", "java..", "javax.sql..", "org.slf4j..", "org.jspecify..")
                                .or(nameMatching("io\\.forthwith\\.JobStoreException(\\$Kind)?"))
                                .or(nameMatching("io\\.forthwith\\.internal\\.(LoggedException|SafeText)")))
                .check(STORE);
    }

    @Test
    void the_clock_is_the_databases() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .check(STORE);
    }

    private static final class EachPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "each package";
        }
    }
}
