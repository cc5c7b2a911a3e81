package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.AnswerSwallowingProxy;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.MariaDbRelease;
import io.forthwith.jdbc.Sql;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.commons.io.FileUtils;

/** MariaDB. Its databases are used by an account that no setting makes an exception for. */
final class DurableMariaDb implements DurableServer {
    private static final Duration START = Duration.ofMinutes(1);
    private static final String LEDGER = """
            CREATE TABLE ledger (
              seq BIGINT AUTO_INCREMENT PRIMARY KEY, job_id CHAR(36), claim BIGINT, attempt INT, process VARCHAR(100),
              event VARCHAR(10), at DATETIME(6) NOT NULL DEFAULT SYSDATE(6), INDEX (job_id))""";
    private static final String FORGET = """
            CREATE TRIGGER forget AFTER DELETE ON job FOR EACH ROW
            BEGIN
              DELETE FROM history WHERE job_id = OLD.id;
              DELETE FROM ledger WHERE job_id = OLD.id;
            END""";
    private static final String BURY = """
            CREATE TRIGGER bury AFTER UPDATE ON job_worker FOR EACH ROW
            IF OLD.lease_until > UTC_TIMESTAMP(6) AND NEW.lease_until <= UTC_TIMESTAMP(6) THEN
              INSERT INTO burial (name, at_ms) VALUES (OLD.name, CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED));
            END IF""";
    private static final String HISTORY = """
            CREATE TABLE history (
              seq BIGINT AUTO_INCREMENT PRIMARY KEY, job_id CHAR(36), status_before VARCHAR(16), status_after VARCHAR(16),
              claim_before BIGINT, claim_after BIGINT, lost_before INT, lost_after INT, worker_id CHAR(36), robbed BOOLEAN)""";
    /** Each read of a trigger locks the row that it reads, also one that is not needed: a settlement would wait for the claim of its worker, and for what that waits for. */
    private static final String TRIGGER = """
            CREATE TRIGGER history AFTER UPDATE ON job FOR EACH ROW
            IF NEW.status <> OLD.status OR NEW.claim <> OLD.claim OR NEW.lost_workers <> OLD.lost_workers THEN
              SET @robbed = FALSE;
              IF NEW.lost_workers > OLD.lost_workers THEN
                SET @robbed = EXISTS (SELECT 1 FROM job_worker WHERE id = OLD.worker_id AND lease_until > UTC_TIMESTAMP(6));
              END IF;
              INSERT INTO history (job_id, status_before, status_after, claim_before, claim_after, lost_before,
                lost_after, worker_id, robbed)
              VALUES (NEW.id, OLD.status, NEW.status, OLD.claim, NEW.claim, OLD.lost_workers, NEW.lost_workers,
                NEW.worker_id, @robbed);
            END IF""";

    private static DurableMariaDb shared;

    private final Path directory;
    private final int port;
    private Process server;
    private boolean killed;

    private DurableMariaDb(Path directory, int port) throws IOException {
        this.directory = directory;
        this.port = port;
        Runtime.getRuntime().addShutdownHook(new Thread(this::delete));
        start();
    }

    /** One for all tests of this JVM, stopped and deleted when it ends. */
    static synchronized DurableMariaDb shared() {
        if (shared == null) {
            shared = first();
        }
        return shared;
    }

    private static DurableMariaDb first() {
        try {
            Path directory = Files.createTempDirectory(Path.of("target"), "durable-mariadb-")
                    .toAbsolutePath();
            Files.createDirectory(directory.resolve("tmp"));
            MariaDbRelease.install(directory.resolve("data"));
            Files.writeString(directory.resolve("accounts"), accounts("%") + accounts("localhost"));
            DurableMariaDb server = new DurableMariaDb(directory, DurableServer.freePort());
            System.out.println("Faults: MariaDB, innodb_flush_log_at_trx_commit: "
                    + Sql.query(server.admin(), "SELECT VERSION(), @@innodb_flush_log_at_trx_commit"));
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** One that may do anything, and one that uses the databases. */
    private static String accounts(String host) {
        return """
                CREATE USER IF NOT EXISTS admin@'%1$s' IDENTIFIED BY 'admin';
                GRANT ALL ON *.* TO admin@'%1$s';
                CREATE USER IF NOT EXISTS forthwith@'%1$s' IDENTIFIED BY 'forthwith';
                GRANT ALL ON `t%%`.* TO forthwith@'%1$s';
                """.formatted(host);
    }

    private DataSource admin() {
        return DurableServer.at(url("mysql", "admin"));
    }

    private String url(String database, String user) {
        return "jdbc:mariadb://127.0.0.1:" + port + "/" + database + "?user=" + user + "&password=" + user;
    }

    private void start() throws IOException {
        Path release = MariaDbRelease.folder();
        server = new ProcessBuilder(
                        release.resolve("bin/mariadbd").toString(),
                        "--no-defaults",
                        "--basedir=" + release,
                        "--datadir=" + directory.resolve("data"),
                        "--tmpdir=" + directory.resolve("tmp"),
                        "--init-file=" + directory.resolve("accounts"),
                        "--socket=" + directory.resolve("socket"),
                        "--pid-file=" + directory.resolve("pid"),
                        "--port=" + port,
                        "--bind-address=127.0.0.1",
                        "--user=root",
                        "--skip-ssl",
                        "--default-time-zone=+00:00",
                        "--max-connections=300",
                        "--innodb-flush-log-at-trx-commit=1")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        await().atMost(START)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> !Sql.query(admin(), "SELECT 1").isEmpty());
    }

    @Override
    public String newDatabase() {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        Sql.run(admin(), "CREATE DATABASE " + name);
        String url = url(name, "forthwith");
        DataSource database = DurableServer.at(url);
        JdbcSchema.migrate(database);
        Sql.run(database, HISTORY);
        Sql.run(database, TRIGGER);
        return url;
    }

    @Override
    public void kill() throws Exception {
        server.destroyForcibly();
        killed = true;
        assertThat(server.waitFor(10, TimeUnit.SECONDS)).as("it is dead").isTrue();
    }

    @Override
    public void restart() throws IOException {
        if (killed) {
            start();
            killed = false;
        }
    }

    @Override
    public AnswerSwallowingProxy proxy() throws IOException {
        return AnswerSwallowingProxy.toMariaDb(port);
    }

    @Override
    public String through(AnswerSwallowingProxy proxy, String url) {
        return DurableServer.with(url, proxy.port(), "connectTimeout=2000");
    }

    /** After the byte that announces a statement: every transaction sets its level to READ COMMITTED. */
    @Override
    public List<String> lasting() {
        return List.of("\u0003COMMIT", "UPDATE job_worker", "\u0003COMMIT", "\u0003COMMIT");
    }

    @Override
    public List<String> ledger() {
        return List.of(
                LEDGER,
                "CREATE INDEX history_of_job ON history (job_id)",
                "CREATE TABLE burial (name VARCHAR(100), at_ms BIGINT)",
                FORGET,
                BURY);
    }

    /** Or what they are at. */
    @Override
    public void terminateSome(String url, Random random) {
        Sql.query(
                        admin(),
                        "SELECT id FROM information_schema.processlist WHERE db = '" + DurableServer.nameIn(url) + "'")
                .forEach(session -> {
                    if (random.nextBoolean()) {
                        kill(random.nextInt(4) == 0 ? "QUERY" : "CONNECTION", session.get(0));
                    }
                });
    }

    private void kill(String what, String session) {
        try {
            Sql.run(admin(), "KILL " + what + " " + session);
        } catch (IllegalStateException gone) {
            // It has ended by itself.
        }
    }

    @Override
    public void setReadOnly(String url, boolean isReadOnly) {
        // Waits for every transaction that has written, also for one of a process that is paused; for ever, if it were
        // let.
        Sql.run(admin(), "SET STATEMENT lock_wait_timeout = 20 FOR SET GLOBAL read_only = " + isReadOnly);
    }

    private void delete() {
        try {
            server.destroyForcibly().onExit().join();
            FileUtils.deleteDirectory(directory.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public String toString() {
        return "MariaDB";
    }
}
