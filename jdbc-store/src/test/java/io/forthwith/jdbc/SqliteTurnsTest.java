package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.WriterTurn;
import io.forthwith.store.Added;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JoinedStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("Writers of one SQLite database")
@Tag("slow")
class SqliteTurnsTest extends SqliteFixture {
    private static final JobType<String> COUNTED = JobType.of("counted", String.class);

    @Test
    @DisplayName("waits for a writer of another process")
    void waits() throws Exception {
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE");
            Future<List<Added>> adding = threads.submit(() -> store.add(Jobs.many(2)));
            assertThatThrownBy(() -> adding.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            run(writer, "COMMIT");
            assertThat(adding.get(Patience.SECONDS, TimeUnit.SECONDS)).hasSize(2);
        }
        assertThat(Jobs.claimAll(store)).hasSize(2);
    }

    @Test
    @DisplayName("gives up after a while, for the moment, and has changed nothing")
    void gives_up() throws SQLException {
        store.add(Jobs.many(2));
        UUID worker = Jobs.worker(store);
        List<Job> claimed = Jobs.claim(store, worker, 1);
        JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
        try (Connection writer = stranger()) {
            run(writer, "BEGIN IMMEDIATE");
            for (Runnable call : List.<Runnable>of(
                    () -> impatient.add(Jobs.many(1)),
                    () -> Jobs.claim(impatient, worker, 1),
                    () -> impatient.settle(Jobs.completed(claimed)))) {
                JobStoreException busy = failure(call);
                assertThat(busy.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
                assertThat(busy).hasMessageContaining("vendor code 5");
            }
            run(writer, "COMMIT");
        }
        assertThat(impatient.countByScan(JobQuery.all())).isEqualTo(2);
        assertThat(impatient.settle(Jobs.completed(claimed))).hasSize(1);
        assertThat(Jobs.claim(impatient, worker, 10)).hasSize(1);
    }

    @Test
    @DisplayName("works on with its connections after it has given up")
    void connection_afterwards() throws SQLException {
        for (boolean autoCommit : new boolean[] {true, false}) {
            SingleConnection one = new SingleConnection(stranger());
            one.connection().setAutoCommit(autoCommit);
            JdbcJobStore impatient = JdbcJobStore.of(one).queryTimeout(Duration.ofSeconds(1));
            try (Connection writer = stranger()) {
                run(writer, "BEGIN IMMEDIATE");
                assertThat(failure(() -> impatient.add(Jobs.many(2))).kind())
                        .isEqualTo(JobStoreException.Kind.TRANSIENT);
                run(writer, "COMMIT");
            }
            assertThat(one.connection().isClosed()).isFalse();
            assertThat(one.connection().getAutoCommit()).isEqualTo(autoCommit);
            impatient.add(Jobs.many(2));
            one.close();
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(4);
    }

    @Test
    @DisplayName("says so when other threads of the process take too long")
    void busy_within() throws Exception {
        Database other = new Database(pool(file()), dialect(pool(file())), true, Duration.ofSeconds(20));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Future<Boolean> writing = threads.submit(() -> other.transaction("write for long", session -> {
            begun.countDown();
            return isOver(end);
        }));
        assertThat(begun.await(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();

        JobStoreException busy =
                failure(() -> store.queryTimeout(Duration.ofSeconds(1)).add(Jobs.many(1)));

        end.countDown();
        assertThat(writing.get(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(busy).hasMessageContaining("vendor code 5");
        assertThat(busy.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
        assertThat(busy)
                .cause()
                .hasMessageContaining("Other threads of this process")
                .hasMessageContaining("PT1S");
        assertThat(store.countByScan(JobQuery.all())).isZero();
    }

    @Test
    @DisplayName("takes turns with all stores of the process that lead to the same file")
    void one_file() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link.db"), file());
        Path roundabout = folder.resolve("x").resolve("..").resolve("jobs.db");
        Files.createDirectory(folder.resolve("x"));
        JobStoreException busy;
        try (WriterTurn turn = dialect(pool(link)).turn(true, Duration.ofSeconds(20))) {
            assertThat(turn).isNotNull();
            JdbcJobStore other = JdbcJobStore.of(pool(roundabout)).queryTimeout(Duration.ofSeconds(1));
            busy = threads.submit(() -> failure(() -> other.add(Jobs.many(1)))).get(Patience.SECONDS, TimeUnit.SECONDS);
        }
        assertThat(busy).cause().hasMessageContaining("Other threads of this process");
    }

    @Test
    @DisplayName("is never refused for what others have written since it began to read")
    void no_snapshots() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        Future<Boolean> stranger = threads.submit(() -> {
            try (Connection writer = stranger()) {
                while (!isOver.get()) {
                    run(
                            writer,
                            "INSERT INTO job (id, type, status) VALUES ('" + UUID.randomUUID() + "', 'x', 'failed')");
                    written.incrementAndGet();
                }
                return true;
            }
        });
        UUID worker = Jobs.worker(store);
        for (int i = 0; i < 100; i++) {
            NewJob parent = Jobs.job();
            assertThat(store.add(Jobs.encoded(parent, Jobs.job().parent(parent))))
                    .extracting(Added::outcome)
                    .containsOnly(Added.Outcome.ADDED);
            assertThat(store.settle(Jobs.completed(Jobs.claim(store, worker, 10))))
                    .hasSize(1);
        }
        isOver.set(true);
        assertThat(stranger.get(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(written).hasPositiveValue();
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(200);
    }

    @Test
    @DisplayName("that joins a transaction takes its turn before it reads")
    void joining() throws Exception {
        try (Connection writer = stranger();
                Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            JoinedStore joined = store.joining(host);
            run(writer, "BEGIN IMMEDIATE; INSERT INTO job (id, type, status) VALUES ('x', 'x', 'failed')");
            NewJob parent = Jobs.job();
            Future<List<Added>> adding = threads.submit(
                    () -> joined.add(Jobs.encoded(parent, Jobs.job().parent(parent))));
            assertThatThrownBy(() -> adding.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            run(writer, "COMMIT");
            assertThat(adding.get(Patience.SECONDS, TimeUnit.SECONDS))
                    .extracting(Added::outcome)
                    .containsOnly(Added.Outcome.ADDED);
            host.commit();
        }
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }

    @Test
    @DisplayName("is refused for the moment in a transaction that has read what others have changed since")
    void joining_too_late() throws Exception {
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            JoinedStore joined = store.joining(host);
            assertThat(joined.countByScan(JobQuery.all())).isZero();
            store.add(Jobs.many(2));
            assertThat(failure(() -> joined.add(Jobs.many(1))).kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
            host.rollback();
            assertThat(joined.add(Jobs.many(1))).hasSize(1);
            host.commit();
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(3);
    }

    @Test
    @DisplayName("has several workers of one process run each job once")
    void workers() {
        ConcurrentMap<UUID, AtomicInteger> runs = new ConcurrentHashMap<>();
        List<Worker> workers = IntStream.range(0, 3)
                .mapToObj(i -> Worker.of(
                                JdbcJobStore.of(pool(file())),
                                ProcessorRegistry.of().with(COUNTED, job -> {
                                    runs.computeIfAbsent(job.id(), id -> new AtomicInteger())
                                            .incrementAndGet();
                                    return "done";
                                }))
                        .concurrency(4)
                        .start())
                .toList();
        for (int i = 0; i < 20; i++) {
            store.add(IntStream.range(0, 20)
                    .mapToObj(job -> new EncodedJob(NewJob.of(COUNTED, ""), "\"\""))
                    .toList());
        }
        Awaitility.await()
                .atMost(Patience.LONG)
                .until(() -> store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)) == 400);
        workers.forEach(Worker::close);
        assertThat(runs).hasSize(400);
        assertThat(runs.values()).allMatch(count -> count.get() == 1);
    }
}
