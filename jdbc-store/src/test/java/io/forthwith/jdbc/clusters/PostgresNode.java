package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL server with fsync that can be killed, follow another, be promoted and be rewound. */
final class PostgresNode implements AutoCloseable {
    private final Path folder;
    private final Path data;
    private final int port;

    private PostgresNode(Path folder) throws IOException {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.port = freePort();
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A new server, running. */
    static PostgresNode primary() throws Exception {
        PostgresNode node = new PostgresNode(Tools.newFolder("primary"));
        Tools.run("initdb", "-D", node.data.toString(), "-U", "postgres", "-A", "trust", "-E", "UTF8");
        node.start();
        return node;
    }

    /** A new standby of this server, running. */
    PostgresNode newStandby() throws Exception {
        PostgresNode node = new PostgresNode(Tools.newFolder("standby"));
        Tools.run(
                "pg_basebackup",
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(port),
                "-U",
                "postgres",
                "-D",
                node.data.toString(),
                "-X",
                "stream",
                "-c",
                "fast");
        node.follow(this);
        return node;
    }

    int port() {
        return port;
    }

    /** Without a pool. */
    DataSource database() {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
        return database;
    }

    String ask(String query) {
        return Sql.query(database(), query).get(0).get(0);
    }

    void start() throws Exception {
        Tools.run(
                "pg_ctl",
                "-D",
                data.toString(),
                "-l",
                folder.resolve("log").toString(),
                "-w",
                "-t",
                "60",
                "-o",
                "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + folder
                        + " -c max_connections=200 -c wal_log_hints=on -c wal_keep_size=512MB -c fsync=on",
                "start");
    }

    /** @param mode {@code fast} or {@code immediate} */
    void stop(String mode) throws Exception {
        Tools.run("pg_ctl", "-D", data.toString(), "-m", mode, "-w", "stop");
    }

    /** All its processes at once, as if the machine were gone. */
    void kill() throws Exception {
        ProcessHandle postmaster = postmaster();
        List<ProcessHandle> children = postmaster.children().toList();
        postmaster.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        postmaster.onExit().get(10, TimeUnit.SECONDS);
        for (ProcessHandle child : children) {
            child.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    private ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    /** Takes writes when this returns. */
    void promote() throws Exception {
        Tools.run("pg_ctl", "-D", data.toString(), "-w", "promote");
    }

    /** A server that was stopped starts as a standby of another, and keeps nothing that the other does not have. */
    void rewindAndFollow(PostgresNode primary) throws Exception {
        // Up to PostgreSQL 15, a checkpoint tells pg_rewind that the other has begun a new timeline.
        Sql.run(primary.database(), "CHECKPOINT");
        Tools.run(
                "pg_rewind",
                "-D",
                data.toString(),
                "--source-server",
                "host=127.0.0.1 port=" + primary.port + " user=postgres dbname=postgres");
        follow(primary);
    }

    private void follow(PostgresNode primary) throws Exception {
        Path settings = data.resolve("postgresql.auto.conf");
        Files.writeString(settings, "primary_conninfo = 'host=127.0.0.1 port=" + primary.port + " user=postgres'\n");
        Path signal = data.resolve("standby.signal");
        Files.writeString(signal, "");
        Tools.giveAway(settings);
        Tools.giveAway(signal);
        try {
            start();
        } catch (AssertionError failed) {
            throw new AssertionError(Files.readString(folder.resolve("log")), failed);
        }
        primary.awaitFollower();
    }

    void awaitFollower() {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
                        .equals("1"));
    }

    /** From now on commits wait for any standby. */
    void commitSynchronously() {
        Sql.run(database(), "ALTER SYSTEM SET synchronous_standby_names = '*'");
        ask("SELECT pg_reload_conf()");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
                        .equals("1"));
    }

    /** The process that sends to the standby stands still: the standby hears nothing more of what is committed. */
    void muteFollower() throws Exception {
        String pid = ask("SELECT pid FROM pg_stat_replication");
        new ProcessBuilder("kill", "-STOP", pid).inheritIO().start().waitFor();
    }

    @Override
    public void close() throws Exception {
        if (Files.exists(data.resolve("postmaster.pid"))) {
            try {
                stop("immediate");
            } catch (AssertionError hasDied) {
                // As it was to be.
            }
        }
        Tools.delete(folder);
    }
}
