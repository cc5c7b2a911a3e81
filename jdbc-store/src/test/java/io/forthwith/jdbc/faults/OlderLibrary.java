package io.forthwith.jdbc.faults;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * The library in the last state that had an older version of the schema. The folder has the sources of its modules, as they lie in the
 * repository.
 */
record OlderLibrary(int version, Path folder) {
    private static final List<String> MODULES = List.of("core", "jdbc-store");

    /** Those in a folder, each in a folder whose name is its version, oldest first. */
    static List<OlderLibrary> in(Path folder) {
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.map(each ->
                            new OlderLibrary(Integer.parseInt(each.getFileName().toString()), each.toAbsolutePath()))
                    .sorted(Comparator.comparing(OlderLibrary::version))
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The class path of this test, with the library in this version. Compiles it the first time. */
    String classPath() {
        MODULES.forEach(this::compile);
        return Stream.concat(MODULES.stream().map(module -> classes(module).toString()), others())
                .collect(joining(File.pathSeparator));
    }

    private Path classes(String module) {
        return folder.resolve(module).resolve("classes");
    }

    private void compile(String module) {
        Path sources = folder.resolve(module).resolve("src/main");
        Path classes = classes(module);
        if (Files.exists(classes)) {
            return;
        }
        try {
            compile(files(sources.resolve("java")), classes);
            Path resources = sources.resolve("resources");
            for (Path file : files(resources)) {
                Path to = classes.resolve(resources.relativize(file));
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Without the checks that the sources passed in their time, and against the dependencies of today. */
    private void compile(List<Path> sources, Path classes) {
        String path =
                Stream.concat(Stream.of(classes("core").toString()), others()).collect(joining(File.pathSeparator));
        List<String> arguments = new ArrayList<>(
                List.of("-nowarn", "-proc:none", "-parameters", "-encoding", "UTF-8", "--release", "17"));
        arguments.addAll(List.of("-cp", path, "-d", classes.toString()));
        sources.stream()
                .filter(file -> !file.endsWith("module-info.java"))
                .forEach(file -> arguments.add(file.toString()));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler().run(null, said, said, arguments.toArray(String[]::new));
        assertThat(status)
                .as("%s compiles; the compiler said: %s", this, said.toString(StandardCharsets.UTF_8))
                .isZero();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static Stream<String> others() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.matches(".*/(core|jdbc-store)/target/(classes|forthwith-[^/]*)"));
    }

    @Override
    public String toString() {
        return "version " + version;
    }
}
