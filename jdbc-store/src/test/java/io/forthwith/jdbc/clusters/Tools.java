package io.forthwith.jdbc.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/** Programs of the database servers, as Debian installs them. They refuse to run as root, and then run as the user "postgres". */
final class Tools {
    private static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));
    private static final long PATIENCE_SECONDS = 120;

    private Tools() {}

    /** Continuous integration must have them; elsewhere the test is skipped, and says what is missing. */
    static void require(String... programs) {
        for (String program : programs) {
            boolean isThere = find(program).isPresent();
            if (System.getenv("CI") != null) {
                assertThat(isThere)
                        .as("%s is installed; .ci/clusters installs it", program)
                        .isTrue();
            }
            assumeTrue(isThere, () -> program + " is not installed");
        }
    }

    /** The newest of its kind. */
    private static Optional<Path> find(String program) {
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> versions = Files.exists(Path.of("/usr/lib/postgresql"))
                ? Files.list(Path.of("/usr/lib/postgresql"))
                : Stream.of()) {
            versions.sorted(Comparator.comparing((Path version) ->
                                    Integer.parseInt(version.getFileName().toString()))
                            .reversed())
                    .forEach(version -> folders.add(version.resolve("bin")));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Stream.of("/usr/sbin", "/usr/bin").map(Path::of).forEach(folders::add);
        return folders.stream()
                .map(folder -> folder.resolve(program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A folder that the servers may write to. */
    static Path newFolder(String name) throws IOException {
        Path folder = Files.createTempDirectory("forthwith-" + name + "-");
        giveAway(folder);
        return folder;
    }

    /** To the user that the servers run as. */
    static void giveAway(Path file) throws IOException {
        if (IS_ROOT) {
            Files.setOwner(
                    file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres"));
        }
    }

    /** The command line that runs a program as the right user; the process is the program itself. */
    static List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (IS_ROOT) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"));
        }
        command.add(find(program).orElseThrow().toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a program to its end, and fails if it fails. */
    static void run(String program, String... arguments) throws Exception {
        // Not a pipe: a server that the program starts would keep it open.
        Path output = Files.createTempFile("forthwith-", ".out");
        try {
            Process process = new ProcessBuilder(command(program, arguments))
                    .directory(new java.io.File("/tmp"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s has ended", program)
                    .isTrue();
            assertThat(process.exitValue())
                    .as("%s %s: %s", program, List.of(arguments), Files.readString(output))
                    .isZero();
        } finally {
            Files.delete(output);
        }
    }

    static void delete(Path folder) throws IOException {
        FileUtils.deleteDirectory(folder.toFile());
    }
}
