package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The trap of the old snapshot, on PostgreSQL. Two transactions end the last two children of a parent, and both stand before the lock
 * of the parent. Whoever gets it second waited for it in a statement whose snapshot does not show that the first child has ended: if it
 * decided by that, it would leave the parent waiting for a child that ends no more, and the first one has done so already.
 */
@DisplayName("Two last children, both waiting for the lock of their parent,")
class LastChildrenTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private DataSource database;
    private JdbcJobStore store;
    private Connection locker;

    /** How a last child may end. */
    enum End {
        COMPLETED,
        FAILED,
        CANCELLED;

        private Settlement of(Job job) {
            return this == COMPLETED
                    ? Settlement.complete(Claim.of(job), null)
                    : Settlement.fail(Claim.of(job), JobError.user("bad", "It was bad"), Locale.ENGLISH);
        }
    }

    @BeforeEach
    void open() throws SQLException {
        database = TestPostgres.empty();
        store = JdbcJobStore.of(database).lockWait(Patience.LONG);
        locker = TestPostgres.unpooled().getConnection();
        locker.setAutoCommit(false);
    }

    @AfterEach
    void close() throws SQLException {
        locker.close();
        threads.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("close it together, however they end")
    void close_it(End end) throws Exception {
        NewJob parent = Jobs.job().onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        List<Job> children = children(parent);

        endTogether(parent.id(), children, end);

        JobStatus expected = end == End.COMPLETED ? JobStatus.COMPLETED : JobStatus.FAILED;
        assertThat(store.find(parent.id()).orElseThrow().status()).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("let its finisher run")
    void finisher(End end) throws Exception {
        NewJob parent = Jobs.job().onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob finisher = Jobs.job().finisherOf(parent);
        List<Job> children = children(parent, finisher);

        endTogether(parent.id(), children, end);

        assertThat(store.find(finisher.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }

    @Test
    @DisplayName("as predecessors, let the job run that comes after both")
    void predecessors() throws Exception {
        NewJob first = Jobs.job();
        NewJob second = Jobs.job();
        NewJob after = Jobs.job().after(first, second);
        store.add(Jobs.encoded(first, second, after));

        endTogether(after.id(), Jobs.claimAll(store), End.COMPLETED);

        assertThat(store.find(after.id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
    }

    /** Two children of {@code parent}, claimed. */
    private List<Job> children(NewJob parent, NewJob... more) {
        List<NewJob> family = new ArrayList<>(
                List.of(parent, Jobs.job().parent(parent), Jobs.job().parent(parent)));
        family.addAll(List.of(more));
        store.add(Jobs.encoded(family.toArray(NewJob[]::new)));
        return Jobs.claimAll(store);
    }

    /** Ends both while another transaction has {@code waiting} locked, and releases it when both wait for it. */
    private void endTogether(UUID waiting, List<Job> children, End end) throws Exception {
        assertThat(children).hasSize(2);
        if (end == End.CANCELLED) {
            children.forEach(child -> store.cancel(child.id(), Locale.ENGLISH));
        }
        try (Statement lock = locker.createStatement()) {
            lock.execute("SELECT 1 FROM job WHERE id = '" + waiting + "' FOR UPDATE");
        }
        Stream<Callable<List<Settled>>> both =
                children.stream().map(child -> () -> store.settle(List.of(end.of(child))));
        List<Future<List<Settled>>> settlements = both.map(threads::submit).toList();
        Awaitility.await()
                .atMost(Patience.LONG)
                .until(() -> Sql.query(
                                database,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                        .get(0)
                        .get(0)
                        .equals("2"));

        locker.rollback();

        Settled expected = end == End.CANCELLED ? Settled.CANCELLED : Settled.APPLIED;
        for (Future<List<Settled>> settlement : settlements) {
            assertThat(settlement.get(Patience.SECONDS, TimeUnit.SECONDS)).containsExactly(expected);
        }
    }
}
