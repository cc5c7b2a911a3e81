package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.JdbcSchema;
import io.forthwith.jdbc.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

@DisplayName("Processes that work on one SQLite file")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
@Tag("slow")
class SqliteProcessesTest {
    private static final Duration LONG = Patience.LONG;
    private static final String LEASE = "2000";
    private static final int HELD = 4;

    @TempDir
    private Path folder;

    private final List<ChildProcess> children = new ArrayList<>();
    private String url;
    private DataSource database;
    private JobClient jobs;

    @BeforeEach
    void newDatabase() {
        url = "jdbc:sqlite:" + folder.resolve("jobs.db");
        SQLiteDataSource file = new SQLiteDataSource();
        file.setUrl(url);
        database = file;
        JdbcSchema.migrate(database);
        History.recordInSqlite(database);
        jobs = JobClient.of(JdbcJobStore.of(database));
    }

    @AfterEach
    void kill() throws InterruptedException {
        for (ChildProcess child : children) {
            child.close();
            // Or it would write to the folder while that is deleted.
            child.awaitExit();
        }
    }

    private ChildProcess start(String name) {
        ChildProcess child = ChildProcess.start(url, name, 2 * HELD, LEASE);
        children.add(child);
        return child.awaitReady();
    }

    private List<UUID> enqueue(JobType<String> type, int count) {
        List<NewJob> added =
                Stream.generate(() -> NewJob.of(type, "")).limit(count).toList();
        jobs.enqueueAll(added);
        return added.stream().map(NewJob::id).toList();
    }

    @Test
    @DisplayName(
            "share the jobs, and lose none and end none twice when one of them is killed with kill -9 in the midst of it")
    void killed() throws Exception {
        ChildProcess victim = start("victim");
        List<UUID> all = new ArrayList<>(enqueue(ChildWorker.HOLD, HELD));
        victim.awaitStarted(HELD, LONG);
        ChildProcess heir = start("heir");
        await().atMost(LONG).pollInterval(Duration.ofMillis(50)).until(() -> {
            all.addAll(enqueue(ChildWorker.QUICK, 20));
            return heir.started().size() >= 10 && victim.started().size() >= HELD + 10;
        });

        victim.signal("KILL");
        assertThat(victim.awaitExit()).isEqualTo(128 + 9);
        all.addAll(enqueue(ChildWorker.QUICK, 20));
        heir.send(ChildWorker.RELEASE);
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> jobs.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == all.size());

        History history = History.of(database);
        history.assertEachEndedOnce(all, JobStatus.COMPLETED);
        assertThat(history.rows()).hasSize(all.size());
        assertThat(history.takeOvers()).isGreaterThanOrEqualTo(HELD);
        assertThat(heir.started()).as("no job ran there twice").doesNotHaveDuplicates();
        assertThat(heir.log()).as("no worker was refused for long").noneMatch(line -> line.contains("vendor code 5"));
    }
}
