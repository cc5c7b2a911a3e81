package io.forthwith.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses STORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.forthwith.jdbc");

    @Test
    void the_store_knows_the_words_and_the_interface_it_implements_and_nothing_above() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.forthwith",
                        "io.forthwith.store",
                        "io.forthwith.store.rules",
                        "io.forthwith.jdbc",
                        "java..",
                        "javax.sql..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "org.postgresql",
                        "org.postgresql.copy")
                .check(STORE);
    }

    @Test
    void two_classes_know_the_driver_since_a_host_may_not_have_it() {
        noClasses()
                .that()
                .doNotHaveSimpleName("PostgresNotifications")
                .and()
                .doNotHaveSimpleName("PostgresCopying")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.postgresql..")
                .check(STORE);
    }

    @Test
    void only_the_store_and_its_schema_are_public() {
        assertThat(STORE.stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("JdbcJobStore", "JdbcSchema");
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
}
