package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("Many jobs of one claim that complete without a result on PostgreSQL")
@Timeout(Patience.SECONDS_OF_A_TEST)
class AlikeCompletionsTest {
    private static final String STATEMENT = "WITH done AS";
    private static final int MANY = 120;

    private WatchedDataSource database;
    private JdbcJobStore store;
    private UUID worker;

    @BeforeEach
    void open() {
        TestPostgres.empty();
        database = new WatchedDataSource(TestPostgres.unpooled(), connection -> {});
        store = JdbcJobStore.of(database);
        worker = Jobs.worker(store);
    }

    @Test
    @DisplayName("take one statement, also if one of them could have had steps to undo")
    void one_statement() {
        List<Job> jobs = claimed();
        set(jobs.get(3), "has_undo = true");
        database.statementsHere().clear();

        assertThat(store.settle(completions(jobs))).hasSize(MANY).containsOnly(Settled.APPLIED);

        assertThat(database.statementsHere()).singleElement().asString().contains(STATEMENT);
        assertThat(store.scan(JobQuery.all().atMost(MANY))).hasSize(MANY).allSatisfy(job -> {
            assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
            assertThat(job.result()).isNull();
            assertThat(job.progress().percent()).isEqualTo(100);
            assertThat(job.completedAt()).isNotNull();
        });
    }

    @Test
    @DisplayName("and of another claim, or together with jobs that end otherwise, are told apart")
    void told_apart() {
        List<Job> first = claimed();
        List<Job> second = claimed();
        List<Settlement> settlements = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            settlements.add(Settlement.complete(Claim.of(first.get(i)), null));
            settlements.add(
                    i % 20 == 0
                            ? Settlement.fail(
                                    Claim.of(second.get(i)), JobError.permanent("broken", "It broke"), Locale.ENGLISH)
                            : Settlement.complete(Claim.of(second.get(i)), i % 20 == 1 ? "{\"n\":1}" : null));
        }

        assertThat(store.settle(settlements)).hasSize(2 * MANY).containsOnly(Settled.APPLIED);

        assertThat(database.statements(STATEMENT)).isEqualTo(2);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.FAILED))).isEqualTo(MANY / 20);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(2 * MANY - MANY / 20);
        assertThat(Sql.query(database, "SELECT count(*) FROM job WHERE result_data IS NOT NULL")
                        .get(0)
                        .get(0))
                .isEqualTo(String.valueOf(MANY / 20));
    }

    @Test
    @DisplayName("are refused one by one if their claims no longer hold, whichever part of the claim is another one")
    void fenced() {
        List<Job> jobs = claimed();
        List<Settlement> settlements = completions(jobs);
        set(jobs.get(0), "claim = claim + 1");
        set(jobs.get(1), "worker_id = gen_random_uuid()");
        set(jobs.get(2), "started_at = started_at + interval '1 microsecond'");
        set(jobs.get(3), "status = 'pending', worker_id = NULL");

        List<Settled> answers = store.settle(settlements);

        assertThat(answers.subList(0, 4)).containsOnly(Settled.LOST);
        assertThat(answers.subList(4, MANY)).containsOnly(Settled.APPLIED);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(MANY - 4);
    }

    @Test
    @DisplayName("are all refused if none of their claims holds")
    void all_lost() {
        List<Settlement> settlements = completions(claimed());
        Sql.run(database, "UPDATE job SET claim = claim + 1");

        assertThat(store.settle(settlements)).hasSize(MANY).containsOnly(Settled.LOST);
    }

    @Test
    @DisplayName("leave a job out that is to be cancelled, has a parent, others behind it or a limit")
    void left_out() {
        NewJob parent = Jobs.job();
        NewJob before = Jobs.job();
        NewJob after = Jobs.job().after(before);
        store.add(Jobs.encoded(parent, Jobs.job().parent(parent)));
        store.add(Jobs.encoded(before, after));
        List<Job> jobs = new ArrayList<>(claimed(MANY + 2));
        assertThat(jobs).extracting(Job::startedAt).containsOnly(jobs.get(0).startedAt());
        assertThat(jobs).extracting(Job::id).contains(before.id());
        NewJob first = Jobs.job().sequence("some");
        NewJob second = Jobs.job().sequence("some");
        store.add(Jobs.encoded(first, second));
        Job limited = Jobs.claim(store, worker, 1).get(0);
        set(limited, "started_at = (SELECT started_at FROM job WHERE id = '" + before.id() + "')");
        jobs.add(store.find(limited.id()).orElseThrow());
        UUID cancelled = jobs.get(MANY).id();
        store.cancel(cancelled, Locale.ENGLISH);

        List<Settled> answers = store.settle(completions(jobs));

        assertThat(answers.get(MANY)).isEqualTo(Settled.CANCELLED);
        assertThat(answers).filteredOn(answer -> answer == Settled.APPLIED).hasSize(MANY + 2);
        assertThat(status(parent)).isEqualTo(JobStatus.COMPLETED);
        assertThat(Jobs.claim(store, worker, 10))
                .as("what could not start before")
                .extracting(Job::id)
                .containsExactlyInAnyOrder(after.id(), second.id());
    }

    @Test
    @DisplayName("leave one out that was claimed more often, which completes as any other")
    void completed_otherwise() {
        Sql.run(
                database,
                "INSERT INTO job (id, type, claim, run_at) VALUES (gen_random_uuid(), '" + Jobs.TYPE.name()
                        + "', 1, now() - interval '1 hour')");
        List<Job> jobs = claimed(MANY + 1);
        assertThat(jobs.get(0).claim()).isEqualTo(2);
        database.statementsHere().clear();

        assertThat(store.settle(completions(jobs))).hasSize(MANY + 1).containsOnly(Settled.APPLIED);

        assertThat(database.statements(STATEMENT)).isOne();
        assertThat(database.statementsHere()).as("and one for the first job").hasSize(2);
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                .isEqualTo(MANY + 1);
    }

    @Test
    @DisplayName("are not tried so for a while after a batch in which few could be")
    void not_tried_in_vain() {
        for (int batch = 1; batch <= 20; batch++) {
            List<Job> jobs = claimed();
            Sql.run(database, "UPDATE job SET cancel_requested_at = now() WHERE status = 'processing'");

            assertThat(store.settle(completions(jobs))).hasSize(MANY).containsOnly(Settled.CANCELLED);
        }

        assertThat(database.statements(STATEMENT)).isEqualTo(2);
    }

    @Test
    @DisplayName("are settled as any other if they are the smaller part of a batch")
    void smaller_part() {
        List<Settlement> settlements = new ArrayList<>(completions(claimed()));
        claimed(MANY).forEach(job -> settlements.add(Settlement.complete(Claim.of(job), "{}")));
        claimed(1).forEach(job -> settlements.add(Settlement.complete(Claim.of(job), "{}")));

        assertThat(store.settle(settlements)).containsOnly(Settled.APPLIED);

        assertThat(database.statements(STATEMENT)).isZero();
    }

    @Test
    @DisplayName("wait for no job that another transaction has locked")
    void locked() throws SQLException {
        List<Job> jobs = claimed();
        try (Connection other = TestPostgres.unpooled().getConnection()) {
            other.setAutoCommit(false);
            Sql.query(other, "SELECT id FROM job WHERE id = '" + jobs.get(7).id() + "' FOR UPDATE");

            List<Settled> answers = store.settle(completions(jobs));

            assertThat(answers.get(7)).isEqualTo(Settled.BUSY);
            assertThat(answers).filteredOn(answer -> answer == Settled.APPLIED).hasSize(MANY - 1);
            other.rollback();
        }
    }

    private List<Job> claimed() {
        return claimed(MANY);
    }

    private List<Job> claimed(int limit) {
        store.add(Jobs.many(MANY));
        return Jobs.claim(store, worker, limit);
    }

    private static List<Settlement> completions(List<Job> jobs) {
        return jobs.stream()
                .<Settlement>map(job -> Settlement.complete(Claim.of(job), null))
                .toList();
    }

    private void set(Job job, String change) {
        Sql.run(database, "UPDATE job SET " + change + " WHERE id = '" + job.id() + "'");
    }

    private JobStatus status(NewJob job) {
        return store.find(job.id()).orElseThrow().status();
    }
}
