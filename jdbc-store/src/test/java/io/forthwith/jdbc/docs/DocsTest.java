package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.JobStoreContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Every Java sample of the documents stands, but for white space and comments, in a test that compiles and runs. */
class DocsTest {
    private static final Pattern SAMPLE = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
    private static final Path ROOT = Path.of("..");
    /** A test that is named as a proof, and its star. */
    private static final Pattern PROOF = Pattern.compile("`([A-Z]\\w+(?:Test|Contract))`(\\\\\\*)?");

    private static final Pattern ONLY_IN_FULL = Pattern.compile("(?m)^@(Tag\\(\"slow\"\\)|EnabledIfSystemProperty)");
    private static final List<Path> SAMPLES = List.of(
            Path.of("src/test/java/io/forthwith/jdbc/docs"),
            ROOT.resolve("core/kit/src/test/java"),
            ROOT.resolve("core/dashboard/src/test/java"),
            ROOT.resolve("core/jackson2/src/test/java"),
            ROOT.resolve("core/micrometer/src/test/java"),
            ROOT.resolve("core/opentelemetry/src/test/java"));
    /** A program that runs is as good as a test. */
    private static final Path SHOP = ROOT.resolve("examples/shop/src/main/java");

    @Test
    void every_sample_is_compiled_and_run() throws IOException {
        String compiled = String.join("\n", sources());
        // A whole file is compiled and run by ProgramSampleTest.
        List<String> samples = samples().stream()
                .filter(sample -> !sample.startsWith("package "))
                .toList();

        assertThat(samples).hasSizeGreaterThan(40);
        assertThat(samples.stream().filter(sample -> !compiled.contains(normal(sample))))
                .as("samples that are not in a test")
                .isEmpty();
    }

    @Test
    void every_link_between_documents_leads_somewhere() throws IOException {
        for (Path document : documents()) {
            Matcher link = Pattern.compile("]\\(([^):#]+)(#[^)]*)?\\)").matcher(Files.readString(document));
            while (link.find()) {
                assertThat(document.resolveSibling(link.group(1)))
                        .as("link in " + document)
                        .exists();
            }
        }
    }

    @Test
    void every_link_to_a_heading_leads_to_one() throws IOException {
        for (Path document : documents()) {
            Matcher link = Pattern.compile("]\\(([^):#]*)#([^)]+)\\)").matcher(Files.readString(document));
            while (link.find()) {
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
                assertThat(headings(target))
                        .as("headings of " + target + " linked in " + document)
                        .contains(link.group(2));
            }
        }
    }

    /** The anchors that GitHub gives to the headings of a page. */
    private static List<String> headings(Path document) throws IOException {
        return Pattern.compile("(?m)^#+ (.+)$")
                .matcher(Files.readString(document))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void every_test_that_is_named_as_a_proof_is_there_and_has_a_star_if_only_the_long_proof_runs_it()
            throws IOException {
        Map<String, Path> there;
        try (Stream<Path> files = Files.walk(ROOT)) {
            there = files.filter(path -> path.toString().endsWith(".java"))
                    .collect(Collectors.toMap(
                            path -> path.getFileName().toString().replace(".java", ""),
                            path -> path,
                            (one, other) -> one));
        }
        List<MatchResult> named = Stream.of("docs/guarantees.md", "docs/SECURITY.md")
                .flatMap(page -> PROOF.matcher(read(ROOT.resolve(page))).results())
                .toList();

        assertThat(named)
                .hasSizeGreaterThan(60)
                .allSatisfy(name -> assertThat(there).containsKey(name.group(1)))
                .allSatisfy(name -> assertThat(name.group(2) != null)
                        .as("whether %s has a star", name.group(1))
                        .isEqualTo(ONLY_IN_FULL
                                .matcher(read(there.get(name.group(1))))
                                .find()));
    }

    @Test
    void every_group_of_the_contract_kit_is_named_to_store_authors() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/writing-a-store.md"));
        List<String> groups = Stream.of(JobStoreContract.class.getDeclaredClasses())
                .filter(group -> group.isAnnotationPresent(Nested.class))
                .map(group -> "`" + group.getSimpleName() + "`")
                .toList();

        assertThat(groups).hasSize(16).allSatisfy(group -> assertThat(guide).contains(group));
    }

    @Test
    void every_role_of_a_store_stands_in_the_table_for_store_authors() throws IOException {
        String guide = Files.readString(ROOT.resolve("docs/writing-a-store.md"));
        String table = guide.substring(guide.indexOf("|role|"), guide.indexOf("\n\n", guide.indexOf("|role|")));
        List<String> named = Pattern.compile("(?m)^\\|`(\\w+)`\\|")
                .matcher(table)
                .results()
                .map(row -> row.group(1))
                .toList();

        assertThat(named)
                .containsExactly(Stream.of(JobStore.class.getInterfaces())
                        .map(Class::getSimpleName)
                        .toArray(String[]::new));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<String> samples() throws IOException {
        List<String> samples = new ArrayList<>();
        for (Path document : documents()) {
            SAMPLE.matcher(Files.readString(document)).results().forEach(found -> samples.add(found.group(1)));
        }
        return samples;
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList();
        }
    }

    private static List<String> sources() throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path folder : SAMPLES) {
            sources.addAll(sources(folder, "Test.java"));
        }
        sources.addAll(sources(SHOP, ".java"));
        return sources;
    }

    private static List<String> sources(Path folder, String ending) throws IOException {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(ending)).toList()) {
                sources.add(normal(Files.readString(file)));
            }
        }
        return sources;
    }

    /** Without comments, and with white space only where it separates words. */
    private static String normal(String code) {
        return code.replaceAll("(?m)//.*$", "")
                .replaceAll("\\s+", " ")
                .replaceAll(" ?([^\\w\\s]) ?", "$1")
                .replace("static final class", "final class")
                .replace("static class", "class")
                .strip();
    }
}
