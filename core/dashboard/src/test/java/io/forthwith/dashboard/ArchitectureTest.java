package io.forthwith.dashboard;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses DASHBOARD = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.forthwith.dashboard");

    private static final String ROOT = "io.forthwith.dashboard";

    /** From the bottom up. The pages of one level know nothing of each other. */
    private static final List<List<String>> LEVELS = List.of(
            rooms("html"),
            rooms("data", "http"),
            rooms("view"),
            rooms("page", "job"),
            rooms("act"),
            List.of(ROOT),
            List.of(ROOT + ".servlet"));

    private static List<String> rooms(String... names) {
        return List.of(names).stream().map(name -> ROOT + ".internal." + name).toList();
    }

    /** What an adapter gives is a plain value, which rooms below may read. */
    private static final DescribedPredicate<JavaClass> NOT_THE_REQUEST = DescribedPredicate.describe(
            "are not the request", type -> !type.getFullName().equals(ROOT + ".DashboardRequest"));

    @Test
    void each_room_knows_only_those_below() {
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
                        .dependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(notBelow.toArray(new String[0]))
                                .and(NOT_THE_REQUEST))
                        .check(DASHBOARD);
            }
        }
    }

    @Test
    void every_room_has_its_level_and_none_has_many_more_than_thirty_types() {
        assertThat(DASHBOARD.stream()
                        .filter(type ->
                                type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                        .collect(groupingBy(JavaClass::getPackageName, counting())))
                .containsOnlyKeys(LEVELS.stream().flatMap(List::stream).toList())
                .allSatisfy((room, types) -> assertThat(types).as(room).isLessThanOrEqualTo(32));
    }

    /** A servlet container may run without the module of the JDK's server. */
    @Test
    void only_the_server_needs_the_one_of_the_JDK() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(DashboardServer.class)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.net.httpserver..")
                .check(DASHBOARD);
    }

    @Test
    void the_public_room_shows_nothing_of_the_others() {
        assertThat(DASHBOARD.stream()
                        .filter(type -> !type.getPackageName().contains(".internal")
                                && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .flatMap(type -> type.getMembers().stream())
                        .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED))
                        .filter(member -> member.getAllInvolvedRawTypes().stream()
                                .anyMatch(used -> used.getPackageName().contains(".internal"))))
                .isEmpty();
    }
}
