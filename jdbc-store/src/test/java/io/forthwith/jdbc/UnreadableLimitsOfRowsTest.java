package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.JobLimit;
import io.forthwith.limit.Limit;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Limits that somebody has written into the row of a job, and that cannot be read,")
class UnreadableLimitsOfRowsTest {
    /** What statements on PostgreSQL, which take texts of limits apart, meet: what is no key, a key among others, the mark of the library, and much. */
    private static final List<String> ON_POSTGRESQL = List.of(
            "{\"tenant\":\"acme\"}",
            "ten ant:acme",
            "+tenant:acme=1  api:k=1",
            "+",
            "unreadable:limits",
            "x".repeat(1_000));

    /** Elsewhere statements compare these texts only: with keys, and with the sign of several limits. */
    private static final List<String> ELSEWHERE =
            List.of("+tenant:acme=1  api:k=1", "unreadable:limits", "x".repeat(1_000));

    private final Set<UUID> ran = ConcurrentHashMap.newKeySet();

    static Stream<Arguments> everyText() {
        return Stream.of(TestDatabase.values())
                .flatMap(kind -> (kind == TestDatabase.POSTGRESQL ? ON_POSTGRESQL : ELSEWHERE)
                        .stream().map(text -> Arguments.of(kind, text)));
    }

    private void drain(JdbcJobStore store) {
        ProcessorRegistry processors = ProcessorRegistry.of().with(Jobs.TYPE, job -> {
            ran.add(job.id());
            return null;
        });
        Worker.of(store, processors).build().drain();
    }

    private static void write(DataSource database, UUID id, String limits) {
        Sql.run(database, "UPDATE job SET limits = '" + limits + "' WHERE id = '" + id + "'");
    }

    private static String stored(DataSource database, UUID id) {
        return Sql.query(database, "SELECT limits FROM job WHERE id = '" + id + "'")
                .get(0)
                .get(0);
    }

    private void requireFailed(DataSource database, JdbcJobStore store, UUID id, String text) {
        Job failed = store.find(id).orElseThrow();
        assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
        assertThat(failed.errorCode()).isEqualTo("unreadable_limits");
        assertThat(failed.errorMessage()).isEqualTo("The job was not started, because its limits could not be read");
        assertThat(failed.attempt()).isOne();
        assertThat(failed.limits()).containsExactly(JobLimit.UNREADABLE);
        assertThat(stored(database, id)).isEqualTo(text);
        assertThat(ran).doesNotContain(id);
    }

    @ParameterizedTest
    @MethodSource("everyText")
    @DisplayName("let it fail at once, and disturb no other job; once they are mended it runs")
    void fails(TestDatabase kind, String text) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        UUID limited = jobs.enqueue(Jobs.job().limit("tenant", "acme")).id();
        UUID bad = jobs.enqueue(Jobs.job()).id();
        write(database, bad, text);
        UUID plain = jobs.enqueue(Jobs.job()).id();

        drain(store);

        requireFailed(database, store, bad, text);
        assertThat(store.find(limited).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(store.find(plain).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(Sql.query(database, "SELECT limit_key FROM job_limit_note")).isEmpty();
        assertThat(Sql.query(database, "SELECT limit_key FROM job_limit_key"))
                .contains(List.of("tenant:acme"))
                .doesNotContain(List.of("unreadable:limits"));
        jobs.retry(bad);
        drain(store);
        requireFailed(database, store, bad, text);
        write(database, bad, "tenant:acme");
        jobs.retry(bad);
        drain(store);
        assertThat(store.find(bad).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource(names = "POSTGRESQL")
    @DisplayName("are no limit to a claim if they are too long for an index: the text goes, and the job fails")
    void tooLongForAnIndex(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID bad = JobClient.of(store).enqueue(Jobs.job()).id();
        // Random letters, which do not compress.
        String text = new Random(7)
                .ints(8_000, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        write(database, bad, text);

        drain(store);

        requireFailed(database, store, bad, "unreadable:limits");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("let it fail where no limit is declared")
    void withoutLimits(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID bad = JobClient.of(store).enqueue(Jobs.job()).id();
        UUID plain = JobClient.of(store).enqueue(Jobs.job()).id();
        write(database, bad, "{}");

        drain(store);

        requireFailed(database, store, bad, "{}");
        assertThat(store.find(plain).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("let it fail where it waits for a permit or for its turn, and the others that wait go on")
    void parked(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        List<NewJob> limited = Stream.generate(() -> Jobs.job().limit("tenant", "acme"))
                .limit(4)
                .toList();
        List<NewJob> fair =
                Stream.generate(() -> Jobs.job().fairBy("acme")).limit(4).toList();
        jobs.enqueueAll(limited);
        jobs.enqueueAll(fair);
        write(database, limited.get(2).id(), "{}");
        write(database, fair.get(1).id(), "{}");

        drain(store);

        requireFailed(database, store, limited.get(2).id(), "{}");
        requireFailed(database, store, fair.get(1).id(), "{}");
        assertThat(ran).hasSize(6);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("let it fail where its turn comes and no slot is free, and the one behind it gets the permit")
    void liftedWithoutSlot(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        UUID worker = Jobs.worker(store);
        List<NewJob> limited = Stream.generate(() -> Jobs.job().limit("tenant", "acme"))
                .limit(3)
                .toList();
        jobs.enqueueAll(limited);
        write(database, limited.get(1).id(), "{}");
        store.settle(Jobs.completed(claim(store, worker, limited.get(0).id())));
        UUID first = jobs.enqueue(Jobs.job().priority(NewJob.HIGHEST_PRIORITY)).id();
        claim(store, worker, first);

        Job bad = claim(store, worker, limited.get(1).id()).get(0);

        assertThat(bad.limits()).containsExactly(JobLimit.UNREADABLE);
        claim(store, worker, limited.get(2).id());
    }

    @Test
    @DisplayName("are warned of while a worker is to fail the job, and not when people look at jobs that have ended")
    void warned() {
        DataSource database = TestDatabase.H2.migrated();
        UUID ended = JobClient.of(JdbcJobStore.of(database)).enqueue(Jobs.job()).id();
        drain(JdbcJobStore.of(database));
        write(database, ended, "{}");
        UUID open = JobClient.of(JdbcJobStore.of(database)).enqueue(Jobs.job()).id();
        write(database, open, "{}");
        JdbcJobStore store = JdbcJobStore.of(database);
        try (StoreLog log = new StoreLog()) {
            store.find(ended);
            assertThat(log.at(Level.WARN)).isEmpty();
            store.find(open);
            assertThat(log.at(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("Job " + open + " has limits that cannot be read");
        }
    }

    /** A claim of a worker with one free slot. */
    private static List<Job> claim(JdbcJobStore store, UUID worker, UUID expected) {
        List<Job> claimed = Jobs.claim(store, worker, 1);
        assertThat(claimed).extracting(Job::id).containsExactly(expected);
        return claimed;
    }
}
