package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.TransactionJobs;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A parent that has failed at once is deleted while one of its children still runs, and then it is added again. The child may end at the moment at which
 * the parent comes back: one transaction inserts the parent, the other one moves the child.
 */
@Timeout(Patience.SECONDS_OF_A_TEST)
@DisplayName("A parent that is added again while a child of its last life still runs")
class ParentsAddedAgainTest {
    private DataSource database;
    private JdbcJobStore store;
    private NewJob parent;
    private NewJob sibling;
    private Job running;

    private void deleteBesideChild(TestDatabase kind) {
        database = kind.migrated();
        store = JdbcJobStore.of(database);
        parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent);
        sibling = Jobs.job().parent(parent);
        store.add(Jobs.encoded(parent, child, sibling));
        List<Job> both = Jobs.claimAll(store);
        running = of(both, child);
        assertThat(fail(of(both, sibling))).isEqualTo(Settled.APPLIED);
        while (store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 1)
                        .jobs()
                > 0) {
            // First the parent, then the child that has failed.
        }
        assertThat(store.find(parent.id())).isEmpty();
        assertThat(store.find(child.id())).map(Job::status).contains(JobStatus.PROCESSING);
    }

    private static Job of(List<Job> jobs, NewJob which) {
        return jobs.stream()
                .filter(job -> job.id().equals(which.id()))
                .findFirst()
                .orElseThrow();
    }

    private Settled fail(Job job) {
        return store.settle(
                        List.of(Settlement.fail(Claim.of(job), JobError.user("no_credits", "boom"), Locale.ENGLISH)))
                .get(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("fails with the child that fails before the call that adds the parent has committed")
    void fails(TestDatabase kind) throws Exception {
        deleteBesideChild(kind);
        CompletableFuture<Settled> failing;
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            TransactionJobs.of(store.joining(host)).enqueueAll(List.of(parent, sibling));
            failing = inThread(() -> fail(running));
            // At once: a settlement waits for a moment only.
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> waits(kind) || failing.isDone());
            host.commit();
        }

        // A worker repeats what was busy.
        Settled first = failing.get(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(first == Settled.BUSY ? fail(running) : first).isEqualTo(Settled.APPLIED);
        assertThat(store.find(parent.id())).map(Job::status).contains(JobStatus.FAILED);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("fails with the child whose failure has not committed when the parent is added")
    void added_later(TestDatabase kind) throws Exception {
        deleteBesideChild(kind);
        CompletableFuture<List<Added>> adding;
        try (Connection other = database.getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("UPDATE job SET status = 'failed', error_message = 'boom', error_kind = 'user',"
                    + " error_code = 'no_credits', completed_at = updated_at WHERE id = '" + running.id() + "'");
            adding = inThread(() -> store.add(Jobs.encoded(parent, sibling)));
            await().until(() -> waits(kind) || adding.isDone());
            other.commit();
        }

        assertThat(adding.get(Patience.SECONDS, TimeUnit.SECONDS))
                .containsExactly(
                        new Added(parent.id(), Added.Outcome.ADDED), new Added(sibling.id(), Added.Outcome.ADDED));
        assertThat(store.find(parent.id())).map(Job::status).contains(JobStatus.FAILED);
    }

    private static <T> CompletableFuture<T> inThread(Supplier<T> call) {
        return CompletableFuture.supplyAsync(call, task -> new Thread(task).start());
    }

    private boolean waits(TestDatabase kind) {
        return waits(kind, database);
    }

    /** Whether a transaction waits for a lock. */
    static boolean waits(TestDatabase kind, DataSource database) {
        String waiting = kind == TestDatabase.POSTGRESQL
                ? "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                : "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
        return !Sql.query(database, waiting).get(0).get(0).equals("0");
    }
}
