package io.forthwith.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedJavaTest {
    @Test
    @DisplayName(
            "the first process writes the cache and later ones read it, all with archives instead of folders of classes")
    void prepares(@TempDir Path folder) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes/some"));
        Files.writeString(classes.resolve("Thing.class"), "code");
        Path library = Files.writeString(folder.resolve("library.jar"), "");
        Path ours = Files.createDirectory(folder.resolve("ours"));
        PreparedJava java = PreparedJava.in(ours);

        ProcessBuilder first = java.of(plain(classes.getParent() + File.pathSeparator + library));
        Files.writeString(ours.resolve("worker.aot"), "cache");
        ProcessBuilder second = java.of(plain(classes.getParent() + File.pathSeparator + library));

        assertThat(first.command())
                .startsWith("java", "-XX:AOTCacheOutput=" + ours.resolve("worker.aot"))
                .endsWith("Main");
        assertThat(second.command()).startsWith("java", "-XX:AOTCache=" + ours.resolve("worker.aot"));
        String[] path = first.environment().get("CLASSPATH").split(File.pathSeparator);
        assertThat(path).hasSize(2).endsWith(library.toString());
        try (JarFile jar = new JarFile(path[0])) {
            assertThat(jar.getEntry("some/Thing.class")).isNotNull();
        }
    }

    private static ProcessBuilder plain(String classPath) {
        ProcessBuilder builder = new ProcessBuilder("java", "Main");
        builder.environment().put("CLASSPATH", classPath);
        return builder;
    }
}
