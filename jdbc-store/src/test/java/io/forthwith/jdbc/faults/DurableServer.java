package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.commons.io.FileUtils;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.LoggerFactory;

/** A PostgreSQL server that really writes to disk, keeps its port and its data, and can be killed and started again. */
final class DurableServer {
    private static DurableServer shared;

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;
    private boolean killed;

    private DurableServer(Path data, int port) throws IOException {
        this.data = data;
        this.port = port;
        this.server = start(data, port);
    }

    /** One for all tests of this JVM, stopped and deleted when it ends. */
    static synchronized DurableServer shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    private static DurableServer start() {
        try {
            Path directory = Files.createTempDirectory(Path.of("target"), "durable-postgres-");
            DurableServer server = new DurableServer(directory.resolve("data").toAbsolutePath(), freePort());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> server.delete(directory)));
            System.out.println("Faults: PostgreSQL, fsync, synchronous_commit: "
                    + Sql.query(
                            at(server.url("postgres")),
                            "SELECT current_setting('server_version'), current_setting('fsync'),"
                                    + " current_setting('synchronous_commit')"));
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    int port() {
        return port;
    }

    /** A database of its own, with the schema and a record of every transition; its URL. */
    String newDatabase() {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        Sql.run(at(url("postgres")), "CREATE DATABASE " + name);
        DataSource database = at(url(name));
        JdbcSchema.migrate(database);
        History.record(database);
        return url(name);
    }

    /** Connections of their own, without a pool: what the server refuses is refused at once. */
    static PGSimpleDataSource at(String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    /** As a power cut would: the postmaster cannot react, and its children leave when they notice that it is gone. */
    void kill() throws Exception {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> children = postmaster.children().toList();
        assertThat(children).as("the processes of the server").isNotEmpty();
        postmaster.destroyForcibly();
        killed = true;
        postmaster.onExit().get(10, TimeUnit.SECONDS);
        for (ProcessHandle child : children) {
            child.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    /** Starts it where {@link #kill} left it, if it did. */
    void restart() throws IOException {
        if (killed) {
            letGo();
            server = start(data, port);
            killed = false;
        }
    }

    private void delete(Path directory) {
        try {
            letGo();
            FileUtils.deleteDirectory(directory.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Stops it, and does not complain if there is nothing to stop, which after a kill is no news. */
    private void letGo() throws IOException {
        Logger logger = (Logger) LoggerFactory.getLogger(EmbeddedPostgres.class);
        Level before = logger.getLevel();
        logger.setLevel(Level.OFF);
        try {
            server.close();
        } finally {
            logger.setLevel(before);
        }
    }

    private String url(String database) {
        return server.getJdbcUrl("postgres", database);
    }

    private static EmbeddedPostgres start(Path data, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
