package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("A job that spawns, when the outcome of the COMMIT of its settlement is unknown,")
@Timeout(Patience.SECONDS_OF_A_TEST)
class LostSpawnsTest {
    private static final JobType<String> FILM = JobType.of("film", String.class);
    private static final JobType<String> SHOT = JobType.of("shot", String.class);

    /** The queue of the shots. A worker that runs the film does not serve it. */
    private static final String SHOTS = "shots";

    private final NewJob film = NewJob.of(FILM, "Dawn");
    private final List<NewJob> shots = Stream.of("1", "2", "3")
            .map(number -> NewJob.of(SHOT, number).parent(film).queue(SHOTS))
            .toList();
    private final AtomicInteger films = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();

    @Test
    @DisplayName("has its children once if it was done: asking again with the same ids says so")
    void done() throws Exception {
        JdbcJobStore direct = JdbcJobStore.of(TestPostgres.empty());
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JdbcJobStore store = JdbcJobStore.of(pool);
            List<Settlement> settlement = List.of(spawning(direct));
            proxy.swallowAnswerTo("COMMIT\0");

            JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.settle(settlement));

            assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
            assertWaits(direct);
            assertThat(store.settle(settlement)).containsExactly(Settled.ALREADY_APPLIED);
            assertWaits(direct);
        }
    }

    @Test
    @DisplayName("has no orphan if it was not done, and its children once when it is done again")
    void not_done() {
        try (HikariDataSource pool = TestPostgres.pool(dyingAtCommit())) {
            JdbcJobStore store = JdbcJobStore.of(pool);
            List<Settlement> settlement = List.of(spawning(store));

            JobStoreException lost = catchThrowableOfType(JobStoreException.class, () -> store.settle(settlement));

            assertThat(lost.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME);
            assertThat(store.find(film.id()).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
            assertThat(store.countByScan(JobQuery.all())).isEqualTo(1);
            assertThat(store.settle(settlement)).containsExactly(Settled.APPLIED);
            assertWaits(store);
        }
    }

    @Test
    @DisplayName("is run once by a worker, and so is each of its children, if it was done")
    void worker_done() throws Exception {
        JdbcJobStore direct = JdbcJobStore.of(TestPostgres.empty());
        try (AnswerSwallowingProxy proxy = AnswerSwallowingProxy.to(TestPostgres.port());
                HikariDataSource pool = through(proxy)) {
            JobClient.of(direct).enqueue(film);
            AtomicReference<AnswerSwallowingProxy.Trap> trap = new AtomicReference<>();

            drain(
                    JdbcJobStore.of(pool),
                    NewJob.DEFAULT_QUEUE,
                    ProcessorRegistry.of().with(FILM, job -> {
                        films.incrementAndGet();
                        job.spawn(shots);
                        trap.set(proxy.swallowAnswerTo("COMMIT\0"));
                        return "cut";
                    }));

            trap.get().awaitSprung();
            assertWaits(direct);
            assertEnds(direct);
        }
    }

    @Test
    @DisplayName("is run once by a worker, and so is each of its children, if it was not done")
    void worker_not_done() {
        try (HikariDataSource pool = TestPostgres.pool(dyingAtCommit())) {
            JdbcJobStore store = JdbcJobStore.of(pool);
            JobClient.of(store).enqueue(film);

            drain(store, NewJob.DEFAULT_QUEUE, ProcessorRegistry.of().with(FILM, job -> {
                films.incrementAndGet();
                job.spawn(shots);
                return "cut";
            }));

            assertThat(Sql.query(pool, "SELECT last_value > 1 FROM commits")).containsExactly(List.of("t"));
            assertWaits(store);
            assertEnds(store);
        }
    }

    private static void drain(JdbcJobStore store, String queue, ProcessorRegistry processors) {
        Worker.of(store, processors).queues(queue).build().drain();
    }

    /** The film is held by a worker, and this is how it begins to wait for its shots. */
    private Settlement spawning(JdbcJobStore store) {
        store.add(Jobs.encoded(film));
        Job job = Jobs.claimAll(store).get(0);
        SpawnedJobs spawn =
                new SpawnedJobs(Jobs.encoded(shots.toArray(NewJob[]::new)), ChildFailurePolicy.FAIL_AT_ONCE, false);
        return Settlement.awaitChildren(Claim.of(job), "\"cut\"", spawn);
    }

    private List<UUID> ids() {
        return shots.stream().map(NewJob::id).toList();
    }

    private void assertWaits(JdbcJobStore store) {
        Job waiting = store.find(film.id()).orElseThrow();
        assertThat(waiting.status())
                .as("%s: %s", waiting, waiting.errorMessage())
                .isEqualTo(JobStatus.WAITING);
        assertThat(store.children(film.id(), 0, 10)).extracting(Job::id).containsExactlyElementsOf(ids());
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING))).isEqualTo(shots.size());
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(1 + shots.size());
    }

    private void assertEnds(JdbcJobStore store) {
        drain(store, SHOTS, ProcessorRegistry.of().with(SHOT, job -> taken.incrementAndGet()));

        Job done = store.find(film.id()).orElseThrow();
        assertThat(done.status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(done.result()).isEqualTo("\"cut\"");
        assertThat(done.attempt()).isEqualTo(1);
        assertThat(films).hasValue(1);
        assertThat(taken).hasValue(shots.size());
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(1 + shots.size());
    }

    private static HikariDataSource through(AnswerSwallowingProxy proxy) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setURL("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        server.setPrepareThreshold(0);
        return TestPostgres.pool(server);
    }

    /** A database whose session dies in the middle of the first COMMIT of a child; sequences outlive what is rolled back. */
    private static DataSource dyingAtCommit() {
        DataSource database = TestDatabase.POSTGRESQL.empty();
        JdbcSchema.migrate(database);
        Sql.run(database, "CREATE SEQUENCE commits");
        Sql.run(database, """
                CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  IF nextval('commits') = 1 THEN
                    PERFORM pg_terminate_backend(pg_backend_pid(), 10000);
                  END IF;
                  RETURN NULL;
                END $$""");
        Sql.run(database, """
                CREATE CONSTRAINT TRIGGER die_once AFTER INSERT ON job DEFERRABLE INITIALLY DEFERRED
                  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION die_once()""");
        return database;
    }
}
