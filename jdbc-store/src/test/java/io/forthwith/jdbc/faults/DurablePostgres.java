package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.forthwith.jdbc.AnswerSwallowingProxy;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.commons.io.FileUtils;
import org.slf4j.LoggerFactory;

/** PostgreSQL. */
final class DurablePostgres implements DurableServer {
    private static final String LEDGER = """
            CREATE TABLE ledger (
              seq bigserial PRIMARY KEY, job_id uuid, claim bigint, attempt int, process text, event text,
              at timestamptz NOT NULL DEFAULT clock_timestamp())""";
    private static final String FORGET = """
            CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              DELETE FROM history WHERE job_id = OLD.id;
              DELETE FROM ledger WHERE job_id = OLD.id;
              RETURN NULL;
            END $$""";
    /** A row that is deleted while its lease is good is that of a worker that takes its registration back, or its jobs are robbed. */
    private static final String BURY = """
            CREATE FUNCTION bury() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF OLD.lease_until > clock_timestamp() AND NEW.lease_until <= clock_timestamp() THEN
                INSERT INTO burial (name, at_ms)
                VALUES (OLD.name, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint));
              END IF;
              RETURN NULL;
            END $$""";

    private static final String HISTORY = """
            CREATE TABLE history (
              seq bigserial PRIMARY KEY, job_id uuid, status_before text, status_after text, claim_before bigint,
              claim_after bigint, lost_before int, lost_after int, worker_id uuid, robbed boolean)""";
    private static final String FUNCTION = """
            CREATE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NEW.status <> OLD.status OR NEW.claim <> OLD.claim OR NEW.lost_workers <> OLD.lost_workers THEN
                INSERT INTO history (job_id, status_before, status_after, claim_before, claim_after, lost_before,
                  lost_after, worker_id, robbed)
                VALUES (NEW.id, OLD.status, NEW.status, OLD.claim, NEW.claim, OLD.lost_workers, NEW.lost_workers,
                  NEW.worker_id, NEW.lost_workers > OLD.lost_workers AND EXISTS (
                    SELECT 1 FROM job_worker WHERE id = OLD.worker_id AND lease_until > clock_timestamp()));
              END IF;
              RETURN NULL;
            END $$""";
    private static final String TRIGGER =
            "CREATE TRIGGER history AFTER UPDATE ON job FOR EACH ROW EXECUTE FUNCTION write_history()";

    private static DurablePostgres shared;

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;
    private boolean killed;

    private DurablePostgres(Path data, int port) throws IOException {
        this.data = data;
        this.port = port;
        this.server = start(data, port);
    }

    /** One for all tests of this JVM, stopped and deleted when it ends. */
    static synchronized DurablePostgres shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    private static DurablePostgres start() {
        try {
            Path directory = Files.createTempDirectory(Path.of("target"), "durable-postgres-");
            DurablePostgres server =
                    new DurablePostgres(directory.resolve("data").toAbsolutePath(), DurableServer.freePort());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> server.delete(directory)));
            System.out.println("Faults: PostgreSQL, fsync, synchronous_commit: "
                    + Sql.query(
                            DurableServer.at(server.url("postgres")),
                            "SELECT current_setting('server_version'), current_setting('fsync'),"
                                    + " current_setting('synchronous_commit')"));
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public String newDatabase() {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        Sql.run(DurableServer.at(url("postgres")), "CREATE DATABASE " + name);
        DataSource database = DurableServer.at(url(name));
        JdbcSchema.migrate(database);
        Sql.run(database, HISTORY);
        Sql.run(database, FUNCTION);
        Sql.run(database, TRIGGER);
        return url(name);
    }

    /** The postmaster cannot react, and its children leave when they notice that it is gone. */
    @Override
    public void kill() throws Exception {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> children = postmaster.children().toList();
        assertThat(children).as("the processes of the server").isNotEmpty();
        postmaster.destroyForcibly();
        killed = true;
        postmaster.onExit().get(60, TimeUnit.SECONDS);
        for (ProcessHandle child : children) {
            child.onExit().get(60, TimeUnit.SECONDS);
        }
    }

    @Override
    public void restart() throws IOException {
        if (killed) {
            letGo();
            server = start(data, port);
            killed = false;
        }
    }

    @Override
    public AnswerSwallowingProxy proxy() throws IOException {
        return AnswerSwallowingProxy.to(port);
    }

    @Override
    public String through(AnswerSwallowingProxy proxy, String url) {
        return DurableServer.with(url, proxy.port(), "prepareThreshold=0&connectTimeout=2");
    }

    @Override
    public List<String> lasting() {
        return List.of("COMMIT\0", "true AS alive", "AS s (id, claim, worker_id", "INSERT INTO");
    }

    @Override
    public List<String> ledger() {
        return List.of(
                LEDGER,
                "CREATE INDEX ON ledger (job_id)",
                "CREATE INDEX ON history (job_id)",
                "CREATE TABLE burial (name text, at_ms bigint)",
                FORGET,
                "CREATE TRIGGER forget AFTER DELETE ON job FOR EACH ROW EXECUTE FUNCTION forget()",
                BURY,
                "CREATE TRIGGER bury AFTER UPDATE ON job_worker FOR EACH ROW EXECUTE FUNCTION bury()");
    }

    @Override
    public void terminateSome(String url, Random random) {
        Sql.query(
                DurableServer.at(url),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5");
    }

    @Override
    public void setReadOnly(String url, boolean isReadOnly) throws SQLException {
        String name = DurableServer.nameIn(url);
        try (Connection connection = DurableServer.at(url).getConnection();
                Statement statement = connection.createStatement()) {
            if (isReadOnly) {
                statement.execute("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
            } else {
                connection.setReadOnly(false);
                statement.execute("SET default_transaction_read_only = off");
                statement.execute("ALTER DATABASE " + name + " RESET default_transaction_read_only");
            }
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
                // It may have minutes of work to redo.
                .setPGStartupWait(Duration.ofMinutes(3))
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .start();
    }

    @Override
    public String toString() {
        return "PostgreSQL";
    }
}
