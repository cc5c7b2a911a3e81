package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.limit.LimitStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limited jobs in transactions of the application. */
@Timeout(Patience.SECONDS_OF_A_TEST)
@DisplayName("Jobs under limits in a transaction of the application")
class LimitsInTransactionsTest extends Invoicing {
    private static final LimitKey ACME = new LimitKey("tenant", "acme");
    private static final LimitKey BRAVO = new LimitKey("tenant", "bravo");

    private LimitStore limits() {
        return store.limits().orElseThrow();
    }

    private void openWithLimit(TestDatabase kind) {
        open(kind);
        limits().put(Limit.of("tenant").concurrency(1));
    }

    private static NewJob under(LimitKey key) {
        return NewJob.of(TYPE, "x").limit(key.name(), key.key());
    }

    private UUID enqueue(LimitKey key) {
        return JobClient.of(store).enqueue(under(key)).id();
    }

    /** Enqueues three jobs of one key and one of another in one call. */
    private void enqueueIn(Connection host) {
        TransactionJobs.of(store.joining(host))
                .enqueueAll(List.of(under(ACME), under(ACME), under(BRAVO), under(ACME)));
    }

    private Connection begun() throws SQLException {
        Connection host = database.getConnection();
        host.setAutoCommit(false);
        return host;
    }

    private List<Job> claim() {
        List<Job> all = new ArrayList<>();
        UUID worker = Jobs.worker(store);
        for (List<Job> claimed = Jobs.claim(store, worker, 10);
                !claimed.isEmpty();
                claimed = Jobs.claim(store, worker, 10)) {
            all.addAll(claimed);
        }
        return all;
    }

    private void end(List<Job> jobs) {
        store.settle(Jobs.completed(jobs));
    }

    private static Stream<LimitKey> keys(List<Job> jobs) {
        return jobs.stream().map(job -> job.limits().get(0).key());
    }

    /** Three jobs of the key run one after the other, and one of the other key beside the first. */
    private void allRun() {
        List<Job> first = claim();
        assertThat(keys(first)).containsExactlyInAnyOrder(ACME, BRAVO);
        end(first);
        for (int i = 0; i < 2; i++) {
            List<Job> next = claim();
            assertThat(keys(next)).containsExactly(ACME);
            end(next);
        }
        assertThat(claim()).isEmpty();
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING))).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("start one after the other once it has committed")
    void committed(TestDatabase kind) throws SQLException {
        openWithLimit(kind);
        try (Connection host = begun()) {
            enqueueIn(host);
            host.commit();
        }
        allRun();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("take turns once it has committed, and none after it has rolled back")
    void fair(TestDatabase kind) throws SQLException {
        open(kind);
        NewJob[] jobs = Stream.of("big", "big", "big", "small")
                .map(key -> NewJob.of(TYPE, "x").fairBy(key))
                .toArray(NewJob[]::new);
        try (Connection host = begun()) {
            TransactionJobs.of(store.joining(host)).enqueue(NewJob.of(TYPE, "x").fairBy("gone"));
            host.rollback();
            TransactionJobs.of(store.joining(host)).enqueueAll(List.of(jobs));
            host.commit();
        }

        assertThat(keys(Jobs.claim(store, Jobs.worker(store), 2)))
                .containsExactlyInAnyOrder(LimitKey.fairBy("big"), LimitKey.fairBy("small"));
        assertThat(keys(claim())).containsExactly(LimitKey.fairBy("big"), LimitKey.fairBy("big"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("hold up nobody after it has rolled back")
    void rolledBack(TestDatabase kind) throws SQLException {
        openWithLimit(kind);
        try (Connection host = begun()) {
            enqueueIn(host);
            host.rollback();
        }

        assertThat(limits().waiting("tenant")).isZero();
        UUID other = enqueue(ACME);
        assertThat(claim()).extracting(Job::id).containsExactly(other);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE") // It has one writer.
    @DisplayName("hold up no job that another client adds meanwhile, and that starts also if they are rolled back")
    void beside(TestDatabase kind) throws SQLException {
        openWithLimit(kind);
        try (Connection host = begun()) {
            enqueueIn(host);
            UUID other = enqueue(ACME);
            List<Job> started = claim();
            assertThat(started).extracting(Job::id).containsExactly(other);
            end(started);
            UUID next = enqueue(ACME);
            host.rollback();
            assertThat(claim()).extracting(Job::id).containsExactly(next);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SQLITE")
    @DisplayName("start with a permit that came free while it was open")
    void freedMeanwhile(TestDatabase kind) throws SQLException {
        openWithLimit(kind);
        enqueue(ACME);
        List<Job> running = claim();
        try (Connection host = begun()) {
            enqueueIn(host);
            end(running);
            assertThat(claim()).isEmpty();
            host.commit();
        }
        allRun();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that complete in it give their permit back at its commit, and not before")
    void completed(TestDatabase kind) {
        openWithLimit(kind);
        UUID first = enqueue(ACME);
        UUID second = enqueue(ACME);
        List<Job> before = new ArrayList<>();
        List<Job> after = new ArrayList<>();
        worker(job -> {
                    Object receipt = store.complete(job, connection -> {
                        Receipt written = insert(connection, job);
                        if (kind != TestDatabase.SQLITE) {
                            before.addAll(claim());
                        }
                        return written;
                    });
                    after.addAll(claim());
                    return receipt;
                })
                .drain();

        assertThat(before).isEmpty();
        assertThat(after).extracting(Job::id).containsExactly(second);
        assertThat(find(first).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(limits().state(ACME).running()).containsExactly(second);
        assertThat(invoices()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that fail to complete in it keep their permit until they are settled, and the next one starts then")
    void notCompleted(TestDatabase kind) {
        openWithLimit(kind);
        UUID first = enqueue(ACME);
        UUID second = enqueue(ACME);
        List<UUID> started = new ArrayList<>();
        worker(job -> {
                    started.add(job.id());
                    return store.complete(job, connection -> {
                        Receipt written = insert(connection, job);
                        if (job.id().equals(first)) {
                            throw new IllegalStateException("no");
                        }
                        return written;
                    });
                })
                .drain();

        assertThat(started).containsExactly(first, second);
        assertThat(find(first).status()).isEqualTo(JobStatus.FAILED);
        assertThat(find(second).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(limits().state(ACME).running()).isEmpty();
    }
}
