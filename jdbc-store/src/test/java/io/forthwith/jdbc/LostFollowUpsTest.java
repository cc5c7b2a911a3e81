package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.Retention;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SQLite locks the whole database, so that no other transaction runs in between. */
@DisplayName("What follows from a change also follows")
class LostFollowUpsTest {
    private static final Retention NOTHING =
            Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("for a job that is retried while another transaction ends its predecessor, on")
    void retried(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob predecessor = Jobs.job();
        NewJob job = Jobs.job().after(predecessor).onPredecessorFailure(PredecessorFailurePolicy.FAIL);
        store.add(Jobs.encoded(predecessor, job));
        Job running = Jobs.claimAll(store).get(0);
        store.cancel(job.id(), Locale.ENGLISH);
        List<Settled> answers = new ArrayList<>();
        DataSource heldUp = HeldUpDataSource.after(
                sql -> sql.contains("e.job_id") && sql.contains("sum(CASE WHEN p.status"),
                database,
                () -> answers.addAll(fail(store, running)));

        JdbcJobStore.of(heldUp).retry(job.id());

        assertThat(answers).as("it was held up").hasSize(1);
        // A worker repeats what was busy.
        Settled first = answers.get(0);
        assertThat(first == Settled.BUSY ? fail(store, running).get(0) : first).isEqualTo(Settled.APPLIED);
        assertThat(store.find(job.id())).map(Job::status).contains(JobStatus.FAILED);
    }

    private static List<Settled> fail(JdbcJobStore store, Job job) {
        return store.settle(
                List.of(Settlement.fail(Claim.of(job), JobError.user("no_credits", "boom"), Locale.ENGLISH)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName(
            "for a family that is added again while its jobs are purged: none is added below a parent that has ended, on")
    void purged(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob group = Jobs.job();
        NewJob kid = Jobs.job().parent(group);
        NewJob finisher = Jobs.job().finisherOf(group);
        store.add(Jobs.encoded(group, kid, finisher));
        for (List<Job> due = Jobs.claimAll(store); !due.isEmpty(); due = Jobs.claimAll(store)) {
            store.settle(Jobs.completed(due));
        }
        assertThat(store.find(group.id())).map(Job::status).contains(JobStatus.COMPLETED);
        List<Integer> purged = new ArrayList<>();
        DataSource heldUp = HeldUpDataSource.before(
                LostFollowUpsTest::readsPositions,
                database,
                () -> purged.add(store.purge(NOTHING, 100).jobs()));

        List<Added> answers = JdbcJobStore.of(heldUp).add(Jobs.encoded(group, kid, finisher));

        assertThat(purged).containsExactly(2);
        assertThat(answers).extracting(Added::outcome).containsOnly(Added.Outcome.PARENT_CLOSED);
        assertThat(store.find(kid.id())).isEmpty();
        assertThat(store.find(finisher.id())).isEmpty();
    }

    @Test
    @DisplayName(
            "for a job that was deleted and added again while the end of its predecessor waited for it, on PostgreSQL")
    void added_again() throws Exception {
        DataSource database = TestDatabase.POSTGRESQL.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob predecessor = Jobs.job();
        NewJob job = Jobs.job().after(predecessor).onPredecessorFailure(PredecessorFailurePolicy.FAIL);
        store.add(Jobs.encoded(predecessor, job));
        CompletableFuture<?> cancelling;
        try (Connection other = database.getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM job WHERE id = '" + job.id() + "'");
            statement.execute("DELETE FROM job WHERE id = '" + job.id() + "'");
            statement.execute("INSERT INTO job SELECT * FROM kept");
            cancelling = CompletableFuture.runAsync(
                    () -> store.cancel(predecessor.id(), Locale.ENGLISH), task -> new Thread(task).start());
            await().until(() -> ParentsAddedAgainTest.waits(TestDatabase.POSTGRESQL, database) || cancelling.isDone());
            other.commit();
        }

        cancelling.get(Patience.SECONDS, TimeUnit.SECONDS);

        assertThat(store.find(job.id())).map(Job::status).contains(JobStatus.FAILED);
    }

    private static boolean readsPositions(String sql) {
        return sql.contains("parent_id")
                && sql.contains("position")
                && !sql.contains("claim")
                && !sql.contains("status");
    }
}
