package io.forthwith.spring;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The classes for Spring")
class SpringArchitectureTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.forthwith.spring");

    @Test
    @DisplayName("use only what the other modules of the library export")
    void exports() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.forthwith..internal..", "io.forthwith.store.rules..")
                        .and(not(resideInAnyPackage("io.forthwith.spring.."))))
                .check(classes);
    }

    @Test
    @DisplayName("need Spring Boot only in the packages for it")
    void without_boot() {
        noClasses()
                .that()
                .resideInAPackage("io.forthwith.spring")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.boot..", "io.forthwith.spring.boot..")
                .check(classes);
    }

    @Test
    @DisplayName("need Micrometer in one place only, which is passed over without it")
    void without_micrometer() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.ForthwithMetricsAutoConfiguration(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.forthwith.micrometer..")
                .check(classes);
    }

    @Test
    @DisplayName("need the dashboard and servlets in two places only, which are passed over without it")
    void without_dashboard() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(ForthwithDashboardAutoConfiguration(\\$.*)?|DashboardCustomizer)")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.forthwith.dashboard..", "jakarta.servlet..")
                .check(classes);
    }

    @Test
    @DisplayName("that are common to all generations of Spring Boot know none of them, and no version of Jackson")
    void common() {
        noClasses()
                .that()
                .resideInAPackage("io.forthwith.spring.boot")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.forthwith.spring.boot3..",
                        "io.forthwith.spring.boot4..",
                        "com.fasterxml.jackson..",
                        "tools.jackson..")
                .check(classes);
    }
}
