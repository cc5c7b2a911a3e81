package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/getting-started.md compiles, runs, and prints what the page says. */
class ProgramSampleTest {
    private static final Path ROOT = Path.of("..");

    @TempDir
    private Path folder;

    @Test
    void the_program_prints_what_the_page_says() throws Exception {
        String page = Files.readString(ROOT.resolve("docs/getting-started.md"));
        Path source = folder.resolve("Main.java");
        Files.writeString(source, only("```java\\n(package .*?)```", page));
        String expected = only("prints these two lines, between log lines:\\s+```\\n(.*?)```", page);
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        ByteArrayOutputStream complaints = new ByteArrayOutputStream();

        int result = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        complaints,
                        "-proc:none",
                        "-cp",
                        classPath,
                        "-d",
                        folder.toString(),
                        source.toString());

        assertThat(complaints.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(result).isZero();
        assertThat(output()).contains(expected.lines().toList());
    }

    private String output() throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass("app.Main").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** Its dependencies are those that this build tests with. */
    @Test
    void the_pom_names_the_versions_of_this_build() throws Exception {
        String page = Files.readString(ROOT.resolve("docs/getting-started.md"));
        String build = Files.readString(ROOT.resolve("pom.xml"));

        assertThat(page)
                .contains("<version>" + only("<h2.version>(.*?)<", build) + "</version>")
                .contains("<version>" + only("<logback.version>(.*?)<", build) + "</version>")
                .contains("<artifactId>forthwith-jdbc-store</artifactId>\n      <version>"
                        + only("<artifactId>forthwith-parent</artifactId>\\s*<version>(.*?)<", build) + "</version>");
    }

    private static String only(String pattern, String text) {
        Matcher found = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertThat(found.find()).as(pattern).isTrue();
        return found.group(1);
    }
}
