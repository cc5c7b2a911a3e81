package io.forthwith.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts JVMs as docs/operating.md recommends where a worker has to be fast at once: with a cache of linked classes, which the first one
 * writes when it ends, and without the optimizing compiler. Needs Java 25. To be used by one thread.
 */
final class PreparedJava {
    static final int FIRST_VERSION = 25;
    static final String OPTIONS = "-XX:AOTCache=…, -XX:TieredStopAtLevel=1";

    private static final String CACHE = "worker.aot";

    private final Path folder;

    private PreparedJava(Path folder) {
        this.folder = folder;
    }

    /** @param folder an empty one, for the cache and the archives of which it knows */
    static PreparedJava in(Path folder) {
        // Deleted last.
        folder.toFile().deleteOnExit();
        folder.resolve(CACHE).toFile().deleteOnExit();
        return new PreparedJava(folder);
    }

    /** A builder of the same process in such a JVM. */
    ProcessBuilder of(ProcessBuilder plain) throws IOException {
        Path cache = folder.resolve(CACHE);
        // What the JVM says of the cache would be taken for an answer.
        plain.command()
                .addAll(
                        1,
                        List.of(
                                (Files.exists(cache) ? "-XX:AOTCache=" : "-XX:AOTCacheOutput=") + cache,
                                "-XX:TieredStopAtLevel=1",
                                "-Xlog:disable"));
        plain.environment()
                .put(
                        "CLASSPATH",
                        inArchives(Objects.requireNonNull(plain.environment().get("CLASSPATH"))));
        return plain;
    }

    /** The cache takes no classes from folders. */
    private String inArchives(String classPath) throws IOException {
        List<Path> all = Arrays.stream(classPath.split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(Files::exists)
                .toList();
        StringBuilder archives = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            archives.append(i == 0 ? "" : System.getProperty("path.separator"))
                    .append(Files.isDirectory(all.get(i)) ? archive(all.get(i), i) : all.get(i));
        }
        return archives.toString();
    }

    private Path archive(Path classes, int number) throws IOException {
        Path archive = folder.resolve("classes-" + number + ".jar");
        if (!Files.exists(archive)) {
            archive.toFile().deleteOnExit();
            try (OutputStream file = Files.newOutputStream(archive);
                    JarOutputStream jar = new JarOutputStream(file);
                    Stream<Path> tree = Files.walk(classes)) {
                for (Path each : tree.filter(Files::isRegularFile).collect(Collectors.toList())) {
                    jar.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                    Files.copy(each, jar);
                }
            }
        }
        return archive;
    }
}
