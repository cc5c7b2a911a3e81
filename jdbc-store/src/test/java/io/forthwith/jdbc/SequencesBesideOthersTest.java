package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.client.TransactionJobs;
import io.forthwith.limit.Limit;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the model of sequences and a reading of the code have found. */
@DisplayName("A sequence")
@Timeout(Patience.SECONDS_OF_A_TEST)
class SequencesBesideOthersTest {
    private static NewJob job() {
        return Jobs.job().sequence("film:42");
    }

    private static List<UUID> ids(List<Job> jobs) {
        return jobs.stream().map(Job::id).toList();
    }

    private static List<Job> claimAll(JobStore store, UUID worker) {
        List<Job> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.addAll(Jobs.claim(store, worker, 100));
        }
        return all;
    }

    private static void settle(JobStore store, Settlement settlement) {
        assertThat(store.settle(List.of(settlement))).containsExactly(Settled.APPLIED);
    }

    private static Settlement fail(Job job) {
        return Settlement.fail(Claim.of(job), JobError.user("no", "No"), Locale.ENGLISH);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "H2"})
    @DisplayName("goes on when a parent that has failed was retried and waits for its children again, on")
    void retry_of_parent(TestDatabase on) {
        JdbcJobStore store = JdbcJobStore.of(on.migrated());
        UUID worker = Jobs.worker(store);
        NewJob parent = job();
        NewJob second = job();
        NewJob third = job();
        for (NewJob each : List.of(parent, second, third)) {
            store.add(Jobs.encoded(each));
        }
        Job running = claimAll(store, worker).get(0);
        NewJob child = Jobs.job().parent(parent.id());
        settle(
                store,
                Settlement.awaitChildren(
                        Claim.of(running),
                        null,
                        new SpawnedJobs(Jobs.encoded(child), ChildFailurePolicy.FAIL_AT_ONCE, false)));
        List<Job> two = claimAll(store, worker);
        assertThat(ids(two)).containsExactlyInAnyOrder(second.id(), child.id());
        for (Job each : two) {
            settle(store, each.id().equals(child.id()) ? fail(each) : Settlement.complete(Claim.of(each), null));
        }
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(claimAll(store, worker)).isEmpty();
        store.retry(parent.id());
        List<Job> started = claimAll(store, worker);
        for (Job each : started) {
            settle(store, Settlement.complete(Claim.of(each), null));
        }
        started.addAll(claimAll(store, worker));
        assertThat(ids(started)).contains(third.id());
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "H2"})
    @DisplayName(
            "does not keep the other jobs of a dead worker from being taken over while a transaction locks a job that is to be cancelled with it, on")
    void take_over(TestDatabase on) throws Exception {
        DataSource database = on.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob first = Jobs.job().sequence("film:42", SequenceFailurePolicy.CANCEL_REST);
        NewJob second = job();
        NewJob plain = Jobs.job();
        store.add(Jobs.encoded(first));
        store.add(Jobs.encoded(second));
        store.add(Jobs.encoded(plain));
        claimAll(store, Jobs.worker(store));
        on.age(database, Duration.ofHours(1));
        TakeOverRequest request = new TakeOverRequest(1, Duration.ZERO, Locale.ENGLISH);
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            Sql.query(host, "SELECT id FROM job WHERE id = '" + second.id() + "' FOR UPDATE");
            assertThat(store.takeOver(request)).extracting(TakenOver::jobId).containsExactly(plain.id());
            host.rollback();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "POSTGRESQL"})
    @DisplayName("keeps no purge waiting while a transaction that has enqueued is open, on")
    void purge(TestDatabase on) throws Exception {
        DataSource database = on.migrated();
        JdbcJobStore store = on.withoutEndOfLockWaits(database);
        store.add(Jobs.encoded(job()));
        try (Connection host = database.getConnection()) {
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            host.setAutoCommit(false);
            TransactionJobs.of(store.joining(host)).enqueue(job());
            store.add(Jobs.encoded(job()));
            Retention none = Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO);
            assertThat(Patience.answerOf(() -> store.purge(none, 100).jobs()))
                    .as("answered before the host rolls back")
                    .isZero();
            host.rollback();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("keeps the order of a call that commits between two looks of a claim, on")
    void look(TestDatabase on) {
        DataSource database = on.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(job()));
        settle(store, Settlement.complete(Claim.of(claimAll(store, worker).get(0)), null));
        NewJob first = job();
        NewJob second = job();
        String look =
                on == TestDatabase.POSTGRESQL ? "WITH RECURSIVE wanted" : "ORDER BY parked_under, queue, type LIMIT 1";
        JobStore heldUp = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> statement.contains(look), database, () -> store.add(Jobs.encoded(first, second))));
        heldUp.limits().orElseThrow().put(Limit.of("tenant").concurrency(1));
        List<Job> started = new ArrayList<>(Jobs.claim(heldUp, worker, 10));
        started.addAll(Jobs.claim(heldUp, worker, 10));
        assertThat(ids(started)).containsExactly(first.id());
        assertThat(store.find(second.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL"})
    @DisplayName("is begun without waiting for an open transaction that has begun the first one, on")
    void declare(TestDatabase on) throws Exception {
        DataSource database = on.migrated();
        JdbcJobStore store = on.withoutEndOfLockWaits(database);
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            TransactionJobs.of(store.joining(host)).enqueue(job());
            assertThat(Patience.answerOf(() -> store.add(Jobs.encoded(job()))))
                    .as("answered before the host rolls back")
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ADDED);
            host.rollback();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MARIADB"})
    @DisplayName("takes jobs from a transaction that reads repeatably, on")
    void repeatable(TestDatabase on) throws Exception {
        DataSource database = on.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            TransactionJobs.of(store.joining(host)).enqueue(job());
            host.commit();
        }
        assertThat(Jobs.claimAll(store)).hasSize(1);
    }
}
