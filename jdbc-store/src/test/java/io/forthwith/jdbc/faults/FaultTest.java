package io.forthwith.jdbc.faults;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What tests with worker processes share: a server, for each test a database, and no process that outlives its test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FaultTest {
    @TempDir
    static Path directory;

    private final List<ChildProcess> children = new ArrayList<>();
    private DurableServer server;
    private String url;

    @BeforeAll
    void startServer() {
        server = DurableServer.in(directory);
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void newDatabase() {
        url = server.newDatabase();
    }

    @AfterEach
    void killChildren() {
        children.forEach(ChildProcess::close);
        children.clear();
    }

    DurableServer server() {
        return server;
    }

    DataSource database() {
        return DurableServer.at(url);
    }

    JobClient jobs() {
        return JobClient.of(JdbcJobStore.of(database()));
    }

    History history() {
        return History.of(database());
    }

    /** Starts a worker process that will be killed after the test. */
    ChildProcess start(String name, int concurrency, String lease) {
        ChildProcess child = ChildProcess.start(url, name, concurrency, lease);
        children.add(child);
        return child;
    }

    /** Enqueues so many jobs and returns their ids. */
    List<UUID> enqueue(JobType<String> type, int count) {
        List<NewJob> added =
                Stream.generate(() -> NewJob.of(type, "")).limit(count).toList();
        jobs().enqueueAll(added);
        return added.stream().map(NewJob::id).toList();
    }
}
