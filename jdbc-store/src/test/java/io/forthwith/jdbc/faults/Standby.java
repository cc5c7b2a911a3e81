package io.forthwith.jdbc.faults;

import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;

/** A PostgreSQL server and its standby, which follows it. The directory of the standby is a copy of that of the stopped server. */
final class Standby implements AutoCloseable {
    private final Path directory;
    private final int port;
    private final int standbyPort;
    private final EmbeddedPostgres server;
    private final EmbeddedPostgres standby;

    private Standby(Path directory) throws IOException {
        this.directory = directory;
        this.port = DurableServer.freePort();
        this.standbyPort = DurableServer.freePort();
        Path data = directory.resolve("data").toAbsolutePath();
        Path copy = directory.resolve("copy").toAbsolutePath();
        start(data, port).close();
        FileUtils.copyDirectory(data.toFile(), copy.toFile());
        Files.deleteIfExists(copy.resolve("postmaster.pid"));
        Files.createFile(copy.resolve("standby.signal"));
        Files.writeString(
                copy.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=" + port + " user=postgres'\n");
        setPrivate(copy);
        this.server = start(data, port);
        this.standby = start(copy, standbyPort);
        JdbcSchema.migrate(server.getPostgresDatabase());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Sql.query(server.getPostgresDatabase(), "SELECT pid FROM pg_stat_replication")
                                .size()
                        == 1);
        // Otherwise what was committed just before would be lost, registrations of workers too.
        Sql.run(server.getPostgresDatabase(), "ALTER SYSTEM SET synchronous_standby_names = '*'");
        Sql.query(server.getPostgresDatabase(), "SELECT pg_reload_conf()");
    }

    static Standby start() throws IOException {
        return new Standby(Files.createTempDirectory(Path.of("target"), "standby-"));
    }

    private static void setPrivate(Path copy) throws IOException {
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
    }

    private static EmbeddedPostgres start(Path data, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setServerConfig("synchronous_commit", "on")
                .start();
    }

    /** Leads to the one that takes writes. */
    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + ",127.0.0.1:" + standbyPort
                + "/postgres?user=postgres&targetServerType=primary&connectTimeout=2&hostRecheckSeconds=0";
    }

    /** The server is killed, and the standby promoted. */
    void takesOver() throws Exception {
        long pid = Long.parseLong(Files.readAllLines(directory.resolve("data").resolve("postmaster.pid"))
                .get(0)
                .strip());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> children = postmaster.children().toList();
        postmaster.destroyForcibly();
        for (ProcessHandle each : children) {
            each.onExit().get(10, TimeUnit.SECONDS);
        }
        Sql.query(standby.getPostgresDatabase(), "SELECT pg_promote()");
    }

    @Override
    public void close() throws IOException {
        standby.close();
        try {
            server.close();
        } catch (IOException killed) {
            // As it was to be.
        }
        FileUtils.deleteDirectory(directory.toFile());
    }
}
