package io.forthwith.jdbc.faults;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Sql;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerHealth;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs with real older versions of the library, whose sources {@code .ci/upgrade} takes out of {@code .ci/older}. */
@DisplayName("Under a process with an older version of the library, which adds and runs jobs all the time,")
@EnabledIfSystemProperty(named = "older.versions", matches = ".+", disabledReason = "run .ci/upgrade")
class UpgradesTest {
    /** Far more than it takes on a machine that is busy with something else. */
    private static final Duration LONG = Duration.ofMinutes(5);

    /** How many jobs each version runs, at least, while both are there. */
    private static final int MANY = 200;

    private static final int FIRST_WITH_GRAPHS = 3;

    private final List<ChildProcess> children = new ArrayList<>();
    private final List<HikariDataSource> pools = new ArrayList<>();

    @AfterEach
    void kill() {
        children.forEach(ChildProcess::close);
        pools.forEach(HikariDataSource::close);
    }

    private static List<OlderLibrary> olderVersions() {
        List<OlderLibrary> all = OlderLibrary.in(Path.of(System.getProperty("older.versions")));
        assertThat(all).as("older versions").isNotEmpty();
        return all;
    }

    @ParameterizedTest
    @MethodSource("olderVersions")
    @DisplayName(
            "the schema is migrated, both versions work side by side without errors, and every job runs once and ends")
    void side_by_side(OlderLibrary older) throws SQLException, InterruptedException {
        DataSource database = TestDatabase.POSTGRESQL.empty();
        Sql.run(database, UpgradingMain.EFFECTS);
        ChildProcess old = start(older, url(database), "older").awaitReady();
        assertThat(version(database)).isEqualTo(String.valueOf(older.version()));
        await().atMost(LONG).until(() -> runs(database, "older") > MANY);

        long start = System.nanoTime();
        assertThatCode(() -> JdbcSchema.migrate(database))
                .as("the schema scripts apply to a database of %s that is in use", older)
                .doesNotThrowAnyException();
        System.out.println("Upgrade from " + older + " under " + runs(database, "older") + " jobs: "
                + (System.nanoTime() - start) / 1_000_000 + " ms");

        int before = runs(database, "older");
        List<NewJob> added = new ArrayList<>();
        HikariDataSource pool = pool(database);
        JobClient jobs = JobClient.of(JdbcJobStore.of(pool));
        Worker worker = Worker.of(JdbcJobStore.of(pool), UpgradingMain.processors(pool, "newer"))
                .concurrency(4)
                .pollInterval(Duration.ofMillis(50))
                .start();
        try (worker) {
            await().atMost(LONG).pollInterval(Duration.ofMillis(50)).until(() -> {
                if (!UpgradingMain.isFull(database)) {
                    List<NewJob> some = some(older);
                    assertThat(jobs.enqueueAll(some)).allMatch(Enqueued::isNew);
                    added.addAll(some);
                }
                return runs(database, "older") > before + MANY && runs(database, "newer") > MANY;
            });
            old.send(UpgradingMain.NO_MORE);
            old.awaitLine(line -> line.startsWith("ADDED "));
            old.send(UpgradingMain.STOP);
            assertThat(old.awaitExit()).isZero();
            await().atMost(LONG).untilAsserted(() -> assertThat(open(database)).isEmpty());
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(worker.health().status()).isEqualTo(WorkerHealth.Status.UP));
        }

        int byOlder = Integer.parseInt(
                old.lines(line -> line.startsWith("ADDED ")).get(0).split(" ", -1)[1]);
        int all = byOlder + added.size();
        System.out.println("Upgrade from " + older + ": " + all + " jobs, run by the older " + runs(database, "older")
                + ", by the newer " + runs(database, "newer"));
        assertThat(Sql.query(database, "SELECT count(*) FROM job")).containsExactly(List.of(String.valueOf(all)));
        assertThat(Sql.query(database, "SELECT job_id FROM effect GROUP BY job_id HAVING count(*) > 1"))
                .as("jobs that ran twice")
                .isEmpty();
        assertThat(Sql.query(database, "SELECT DISTINCT type, status FROM job ORDER BY type, status"))
                .containsExactly(
                        List.of("family", "completed"),
                        List.of("family", "failed"),
                        List.of("hopeless", "failed"),
                        List.of("work", "completed"));
        assertThat(Sql.query(database, "SELECT job_id FROM job_failure GROUP BY job_id HAVING count(*) > 1"))
                .as("jobs that failed twice")
                .isEmpty();
        assertThat(JdbcSchema.drift(database)).isEmpty();
        assertThat(old.log().stream()
                        .filter(line -> line.startsWith("LOG ERROR"))
                        .toList())
                .isEmpty();
        assertThat(Sql.query(
                        database,
                        "SELECT id FROM job WHERE type <> 'family' AND NOT EXISTS"
                                + " (SELECT FROM effect WHERE job_id = job.id::text)"))
                .as("jobs that did not run")
                .isEmpty();
        assertThat(oddFamilies(database, jobs)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("olderVersions")
    @DisplayName(
            "a further process of it starts on the migrated schema if that is open to it; otherwise it touches nothing")
    void way_back(OlderLibrary older) throws SQLException {
        DataSource database = TestDatabase.POSTGRESQL.empty();
        Sql.run(database, UpgradingMain.EFFECTS);
        JdbcSchema.migrate(database);
        String before = dump(database);

        ChildProcess late = start(older, url(database), "late");

        if (older.version() >= openFrom(database)) {
            late.awaitReady();
            await().atMost(LONG).until(() -> runs(database, "late") > MANY);
            return;
        }
        late.awaitLine(line -> line.startsWith("REFUSED "));
        assertThat(late.lines(line -> line.startsWith("REFUSED ")))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("is of version " + version(database), "update the library", "nothing was changed"));
        assertThat(dump(database)).isEqualTo(before);
    }

    /** The families, of old and new processes, that this version does not read as they should be. */
    private static List<String> oddFamilies(DataSource database, JobClient jobs) {
        return Sql.query(database, "SELECT id FROM job WHERE type = 'family'").stream()
                .map(row -> jobs.find(UUID.fromString(row.get(0))).orElseThrow())
                .filter(family -> {
                    List<Job> members = jobs.children(family.id()).toList();
                    JobStatus expected = family.input().contains("fails") ? JobStatus.FAILED : JobStatus.COMPLETED;
                    return family.status() != expected || members.size() != (expected == JobStatus.FAILED ? 2 : 3);
                })
                .map(family -> family.status() + " " + family.input() + " "
                        + jobs.children(family.id())
                                .map(each -> each.type() + " " + each.status())
                                .collect(joining(", ")))
                .distinct()
                .toList();
    }

    /** With a graph, too, of jobs that the older version may take, if that knows what a graph is. */
    private static List<NewJob> some(OlderLibrary older) {
        List<NewJob> jobs = new ArrayList<>(UpgradingMain.some());
        if (older.version() >= FIRST_WITH_GRAPHS) {
            NewJob first = NewJob.of(UpgradingMain.WORK, "first");
            jobs.add(first);
            jobs.add(NewJob.of(UpgradingMain.WORK, "second").after(first));
        }
        return jobs;
    }

    private ChildProcess start(OlderLibrary older, String url, String name) {
        ChildProcess child = ChildProcess.startOn(older.classPath(), UpgradingMain.class, name, url, name);
        children.add(child);
        return child;
    }

    private HikariDataSource pool(DataSource database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(8);
        HikariDataSource pool = new HikariDataSource(config);
        pools.add(pool);
        return pool;
    }

    private static String url(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            String url = connection.getMetaData().getURL();
            return url + (url.contains("user=") ? "" : (url.contains("?") ? "&" : "?") + "user=postgres");
        }
    }

    private static String version(DataSource database) {
        return Sql.query(database, "SELECT max(version) FROM job_schema").get(0).get(0);
    }

    private static int openFrom(DataSource database) {
        return Integer.parseInt(Sql.query(database, "SELECT max(coalesce(open_from, version)) FROM job_schema")
                .get(0)
                .get(0));
    }

    private static int runs(DataSource database, String name) {
        return Integer.parseInt(Sql.query(database, "SELECT count(*) FROM effect WHERE by_whom = '" + name + "'")
                .get(0)
                .get(0));
    }

    private static List<List<String>> open(DataSource database) {
        return Sql.query(
                database, "SELECT id, type, status FROM job WHERE status IN ('pending', 'processing', 'waiting')");
    }

    private static String dump(DataSource database) {
        return Sql.query(database, """
                        SELECT table_name, column_name, data_type FROM information_schema.columns
                        WHERE table_schema = current_schema() ORDER BY 1, 2""")
                + "\n" + Sql.query(database, "SELECT * FROM job_schema ORDER BY version")
                + "\n" + Sql.query(database, "SELECT count(*) FROM job_worker");
    }
}
