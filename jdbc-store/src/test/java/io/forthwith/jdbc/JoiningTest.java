package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.client.TransactionJobs;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JoinedStore;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.StoreHints;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A store that joins a transaction")
class JoiningTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("adds jobs that live or die with it")
    void lives_or_dies(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            JoinedStore joined = store.joining(connection);
            NewJob dies = Jobs.job();
            joined.add(Jobs.encoded(dies));
            assertThat(joined.find(dies.id())).isPresent();
            assertThat(joined.countByScan(JobQuery.all())).isOne();
            assertThat(joined.scan(JobQuery.all())).hasSize(1);
            assertThat(joined.failures(dies.id())).isEmpty();
            assertThat(store.find(dies.id())).isEmpty();
            connection.rollback();
            assertThat(store.find(dies.id())).isEmpty();

            NewJob lives = Jobs.job();
            joined.add(Jobs.encoded(lives));
            assertThat(connection.getAutoCommit()).isFalse();
            connection.commit();
            assertThat(store.find(lives.id())).isPresent();
            assertThat(connection.isClosed()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("leaves the rest of it alone when a family cannot be added")
    void conflict(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob holder = Jobs.job().uniqueKey("k");
        store.add(Jobs.encoded(holder));
        NewJob before = Jobs.job();
        NewJob parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent).uniqueKey("k");
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            JoinedStore joined = store.joining(connection);
            joined.add(Jobs.encoded(before));
            assertThat(joined.add(Jobs.encoded(parent, child)))
                    .containsOnly(new Added(holder.id(), Added.Outcome.CONFLICT));
            assertThat(joined.add(Jobs.encoded(before, Jobs.job().parent(before))))
                    .containsOnly(new Added(before.id(), Added.Outcome.PARENT_CLOSED));
            connection.commit();
        }
        assertThat(store.scan(JobQuery.all()))
                .extracting(job -> job.id())
                .containsExactlyInAnyOrder(holder.id(), before.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("adds nothing when there is no transaction to join")
    void auto_commit(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        try (Connection connection = database.getConnection()) {
            JoinedStore joined = store.joining(connection);
            assertThatThrownBy(() -> joined.add(Jobs.encoded(Jobs.job())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("setAutoCommit(false)");
            assertThat(joined.countByScan(JobQuery.all())).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("reads all that belongs to a job, as the transaction sees it")
    void reads(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob before = Jobs.job();
        store.add(Jobs.encoded(before));
        Claim claim = Claim.of(Jobs.claimAll(store).get(0));
        store.beginStep(claim, new StepName("charge", ""), false);
        store.settle(List.of(Settlement.fail(claim, JobError.permanent("boom", "Boom"), Locale.ENGLISH)));
        NewJob parent = Jobs.job();
        NewJob child = Jobs.job().parent(parent);
        NewJob after = Jobs.job().after(parent);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            TransactionJobs jobs = TransactionJobs.of(store.joining(connection));
            jobs.enqueueAll(List.of(parent, child, after));

            assertThat(jobs.children(parent.id())).extracting(Job::id).containsExactly(child.id());
            assertThat(jobs.predecessors(after.id())).extracting(Job::id).containsExactly(parent.id());
            assertThat(jobs.scan(JobQuery.all())).hasSize(4);
            assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(4);
            assertThat(jobs.failures(before.id())).hasSize(1);
            assertThat(jobs.steps(before.id())).extracting(JobStep::name).containsExactly("charge");
            connection.rollback();
        }
        assertThat(store.countByScan(JobQuery.all())).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("gives the hint of the store itself when it is asked to after the commit, and not before")
    void wakes(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        AtomicInteger hints = new AtomicInteger();
        try (Connection connection = database.getConnection();
                StoreHints.Subscription subscription = store.onAdded(hints::incrementAndGet)) {
            assertThat(subscription).isNotNull();
            connection.setAutoCommit(false);
            TransactionJobs joined = TransactionJobs.of(store.joining(connection));
            // A listener that begins gives a hint as well.
            await().until(() -> !kind.tellsOthers() || store.hearsOthers());
            int before = hints.get();
            joined.enqueue(Jobs.job());
            connection.commit();
            assertThat(hints.get()).isEqualTo(before);

            joined.wake();

            assertThat(hints.get()).isEqualTo(before + 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("leaves jobs that can be claimed as soon as it has been committed")
    void claimable(TestDatabase kind) throws SQLException {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            UUID worker = Jobs.worker(store);
            store.joining(connection).add(Jobs.encoded(Jobs.job()));
            if (kind == TestDatabase.SQLITE) {
                // It has one writer at a time, which is the transaction.
                JdbcJobStore impatient = store.queryTimeout(Duration.ofSeconds(1));
                assertThatThrownBy(() -> Jobs.claim(impatient, worker, 10)).isInstanceOf(JobStoreException.class);
            } else {
                assertThat(Jobs.claim(store, worker, 10)).isEmpty();
            }
            connection.commit();
        }
        assertThat(Jobs.claimAll(store)).extracting(job -> job.status()).containsExactly(JobStatus.PROCESSING);
    }
}
