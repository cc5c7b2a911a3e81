package io.forthwith.jdbc.faults;

import static org.awaitility.Awaitility.await;

import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What tests with worker processes share: a database of their own, and no process that outlives its test. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
abstract class FaultTest {
    private final List<ChildProcess> children = new ArrayList<>();
    private String url;

    @BeforeEach
    void newDatabase() {
        url = server().newDatabase();
    }

    @AfterEach
    void killChildren() {
        children.forEach(ChildProcess::close);
        children.clear();
    }

    DurableServer server() {
        return DurablePostgres.shared();
    }

    String url() {
        return url;
    }

    DataSource database() {
        return DurableServer.at(url);
    }

    JobClient jobs() {
        return JobClient.of(JdbcJobStore.of(database()));
    }

    /** Waits until so many jobs have completed. */
    void awaitCompleted(int count, Duration atMost) {
        await().atMost(atMost)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> jobs().countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == count);
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

    /** Starts a process of another kind on the database, that will be killed after the test. */
    ChildProcess start(Class<?> main, String name, String... arguments) {
        return start(List.of(), main, name, arguments);
    }

    /** The same, with options of the JVM. */
    ChildProcess start(List<String> options, Class<?> main, String name, String... arguments) {
        String[] all = Stream.concat(Stream.of(url), Arrays.stream(arguments)).toArray(String[]::new);
        ChildProcess child = ChildProcess.startWith(options, main, name, all);
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
