package io.forthwith.jdbc.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;

/** A MariaDB server that replicates with Galera, and that can be killed. */
final class GaleraNode implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Pattern POSITION = Pattern.compile("Recovered position: (\\S+)");

    private final String name;
    private final Path folder;
    private final int port = PostgresNode.freePort();
    private final int groupPort = PostgresNode.freePort();
    private final int incrementPort = PostgresNode.freePort();
    private final int copyPort = PostgresNode.freePort();
    private Process process;

    GaleraNode(String name) throws IOException {
        this.name = name;
        this.folder = Tools.newFolder(name);
        Path data = Files.createDirectory(data());
        Tools.giveAway(data);
    }

    private Path data() {
        return folder.resolve("data");
    }

    int port() {
        return port;
    }

    /** Where the other nodes find it. */
    String groupAddress() {
        return "127.0.0.1:" + groupPort;
    }

    /** With an account without a password, as the first of a new cluster. */
    void install() throws Exception {
        Tools.run(
                "mariadb-install-db",
                "--no-defaults",
                "--datadir=" + data(),
                "--auth-root-authentication-method=normal",
                "--skip-test-db");
    }

    /** The data of another node, which was stopped. */
    void copy(GaleraNode other) throws Exception {
        Tools.run("cp", "-r", other.data() + "/.", data().toString());
    }

    /**
     * Starts it.
     *
     * @param others the group addresses of all nodes, or nothing to begin a cluster
     * @param more options
     */
    void start(List<String> others, String... more) throws IOException {
        process = launch(others, "log", more);
    }

    /** After a kill, as the scripts of the package do it: it looks how far it was, and needs only the rest from the others. */
    void startAgain(List<String> others) throws Exception {
        Path output = folder.resolve("recovery");
        process = launch(List.of(), "recovery", "--wsrep-recover");
        assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS))
                .as("recovered")
                .isTrue();
        Matcher position = POSITION.matcher(Files.readString(output));
        assertThat(position.find()).as("%s", Files.readString(output)).isTrue();
        Files.delete(output);
        start(others, "--wsrep-start-position=" + position.group(1));
    }

    private Process launch(List<String> others, String output, String... more) throws IOException {
        List<String> command = new ArrayList<>(Tools.command(
                "mariadbd",
                "--no-defaults",
                "--datadir=" + data(),
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--socket=" + folder.resolve("socket"),
                "--pid-file=" + folder.resolve("pid"),
                "--max-connections=200",
                "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=16M",
                "--innodb-autoinc-lock-mode=2",
                "--binlog-format=ROW",
                "--wsrep-on=ON",
                "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
                "--wsrep-cluster-name=forthwith",
                "--wsrep-cluster-address=gcomm://" + String.join(",", others),
                "--wsrep-node-name=" + name,
                "--wsrep-node-address=" + groupAddress(),
                "--wsrep-sst-method=rsync",
                "--wsrep-sst-receive-address=127.0.0.1:" + copyPort,
                "--wsrep-provider-options=base_port=" + groupPort + ";gmcast.listen_addr=tcp://" + groupAddress()
                        + ";ist.recv_addr=127.0.0.1:" + incrementPort + ";gcache.size=16M;gcache.recover=yes"));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve(output).toFile()))
                .start();
    }

    /** Until it has all that the cluster has. */
    void awaitSynced() throws IOException {
        try {
            await().atMost(START)
                    .pollInterval(Duration.ofMillis(50))
                    .ignoreException(IllegalStateException.class)
                    .until(() -> status("wsrep_local_state_comment").equals("Synced")
                            && status("wsrep_ready").equals("ON"));
        } catch (RuntimeException failed) {
            throw new IllegalStateException(Files.readString(folder.resolve("log")), failed);
        }
    }

    /** Answers also outside the cluster. */
    String status(String variable) {
        return Sql.query(database("information_schema", ""), "SHOW STATUS LIKE '" + variable + "'")
                .get(0)
                .get(1);
    }

    /** Without a pool. It reads all that was committed on any node before. */
    DataSource database(String database) {
        return database(database, "&sessionVariables=wsrep_sync_wait=1");
    }

    /** The same, with other settings of the driver. */
    DataSource database(String database, String settings) {
        try {
            return new MariaDbDataSource(
                    "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=root&connectTimeout=2000" + settings);
        } catch (SQLException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    void stop() throws Exception {
        process.destroy();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("stopped").isTrue();
    }

    /** As if its machine were gone. */
    void kill() throws Exception {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle each : all) {
            each.onExit().get(10, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() throws Exception {
        if (process != null) {
            kill();
        }
        Tools.delete(folder);
    }
}
