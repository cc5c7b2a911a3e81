package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The pooler, in front of one server. */
final class PgBouncer implements AutoCloseable {
    private final Path folder;
    private final int port;
    private Process process;

    /** @param settings lines of its file, such as {@code pool_mode = session} */
    PgBouncer(PostgresNode server, String settings) throws Exception {
        this.folder = Tools.newFolder("pgbouncer");
        this.port = PostgresNode.freePort();
        Files.writeString(
                folder.resolve("pgbouncer.ini"), """
                [databases]
                postgres = host=127.0.0.1 port=%d dbname=postgres user=postgres
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                default_pool_size = 60
                max_client_conn = 200
                logfile = %s
                %s
                """.formatted(server.port(), port, folder.resolve("log"), settings));
        start();
    }

    String url(String more) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&connectTimeout=2" + more;
    }

    void start() throws IOException {
        process = new ProcessBuilder(Tools.command(
                        "pgbouncer", folder.resolve("pgbouncer.ini").toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(this::listens);
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    void kill() throws Exception {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        kill();
        Tools.delete(folder);
    }
}
