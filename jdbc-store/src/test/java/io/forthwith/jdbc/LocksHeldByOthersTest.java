package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobProgress;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.UniqueKey;
import io.forthwith.client.JobClient;
import io.forthwith.client.TransactionJobs;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.limit.Limit;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.JobControl.Upkeep;
import io.forthwith.store.JobStore;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.act.Remaining;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls of a worker while a transaction of the host stays open, on databases that lock rows. The host commits only after they have
 * answered; a store that waited for it would wait for an hour.
 */
@DisplayName("While a transaction of another program keeps rows locked")
@Timeout(Patience.SECONDS_OF_A_TEST)
class LocksHeldByOthersTest {
    /** How the host locks what a job needs. */
    enum Lock {
        SUCCESSOR {
            @Override
            NewJob[] family() {
                return new NewJob[] {Jobs.job()};
            }

            @Override
            void take(JdbcJobStore store, Connection host, NewJob... family) {
                TransactionJobs.of(store.joining(host)).enqueue(Jobs.job().after(family[0]));
            }
        },
        GROUP {
            @Override
            NewJob[] family() {
                NewJob group = Jobs.job().unsealed();
                return new NewJob[] {group, Jobs.job().parent(group)};
            }

            @Override
            void take(JdbcJobStore store, Connection host, NewJob... family) {
                TransactionJobs.of(store.joining(host)).enqueue(Jobs.job().parent(family[0]));
            }
        },
        ROW {
            @Override
            NewJob[] family() {
                return new NewJob[] {Jobs.job()};
            }

            @Override
            void take(JdbcJobStore store, Connection host, NewJob... family) throws SQLException {
                Sql.query(host, "SELECT id FROM job WHERE id = '" + family[0].id() + "' FOR UPDATE");
            }
        },
        /** MariaDB keeps the entry of the key locked that it has refused. */
        TAKEN_KEY {
            @Override
            NewJob[] family() {
                return new NewJob[] {Jobs.job().uniqueKey(UUID.randomUUID().toString())};
            }

            @Override
            void take(JdbcJobStore store, Connection host, NewJob... family) {
                TransactionJobs.of(store.joining(host))
                        .enqueue(Jobs.job().uniqueKey(Objects.requireNonNull(family[0].uniqueKey())));
            }
        };

        /** Jobs of which the last one runs. */
        abstract NewJob[] family();

        abstract void take(JdbcJobStore store, Connection host, NewJob... family) throws SQLException;

        /** Whether the jobs are held up in any case. */
        boolean isSure() {
            return this != TAKEN_KEY;
        }
    }

    static Stream<Arguments> locks() {
        return Stream.of(TestDatabase.POSTGRESQL, TestDatabase.MARIADB, TestDatabase.H2)
                .flatMap(kind -> Arrays.stream(Lock.values()).map(lock -> Arguments.of(kind, lock)));
    }

    static Stream<Arguments> sureLocks() {
        return locks().filter(each -> ((Lock) each.get()[1]).isSure());
    }

    private static Connection host(DataSource database) throws SQLException {
        Connection host = database.getConnection();
        host.setAutoCommit(false);
        return host;
    }

    private static NewJob last(NewJob... family) {
        return family[family.length - 1];
    }

    private static Map<UUID, Job> claimAll(JdbcJobStore store) {
        return Jobs.claimAll(store).stream().collect(Collectors.toMap(Job::id, Function.identity()));
    }

    private static Claim claim(Map<UUID, Job> claimed, NewJob job) {
        return Claim.of(claimed.get(job.id()));
    }

    @ParameterizedTest
    @MethodSource("locks")
    @DisplayName("the jobs that need them are answered as busy, at once, and all others of the call are settled")
    void settle(TestDatabase kind, Lock lock) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob[] held = lock.family();
        NewJob[] free = lock.family();
        NewJob single = Jobs.job();
        NewJob deleted = Jobs.job();
        store.add(Jobs.encoded(held));
        store.add(Jobs.encoded(free));
        store.add(Jobs.encoded(single, deleted));
        Map<UUID, Job> claimed = claimAll(store);
        List<Settlement> batch = new ArrayList<>(List.of(
                Settlement.complete(claim(claimed, last(held)), "1"),
                Settlement.complete(claim(claimed, last(free)), "1"),
                Settlement.complete(claim(claimed, single), "1"),
                Settlement.completeAndDelete(claim(claimed, deleted), "1")));
        try (Connection host = host(database)) {
            lock.take(store, host, held);

            List<Settled> answers = Patience.answerOf(() -> store.settle(batch));

            assertThat(answers.subList(1, 4)).containsOnly(Settled.APPLIED);
            if (lock.isSure()) {
                assertThat(answers.get(0)).isEqualTo(Settled.BUSY);
                assertThat(store.find(last(held).id()).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
            }
            host.commit();
        }
        assertThat(store.settle(List.of(batch.get(0)))).isSubsetOf(Settled.APPLIED, Settled.ALREADY_APPLIED);
        assertThat(store.find(last(held).id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("a job that would cancel one of them is busy, and jobs of other families are settled")
    void cascade(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob parent = Jobs.job().cancelOtherChildren();
        NewJob fails = Jobs.job().parent(parent);
        NewJob waiting = Jobs.job().parent(parent).delay(Duration.ofDays(1));
        NewJob other = Jobs.job();
        NewJob fine = Jobs.job().parent(other);
        store.add(Jobs.encoded(parent, fails, waiting));
        store.add(Jobs.encoded(other, fine));
        Map<UUID, Job> claimed = claimAll(store);
        Settlement failure = Settlement.fail(claim(claimed, fails), JobError.user("no", "No"), Locale.ENGLISH);
        try (Connection host = host(database)) {
            Lock.ROW.take(store, host, waiting);

            assertThat(Patience.answerOf(() ->
                            store.settle(List.of(failure, Settlement.complete(claim(claimed, fine), "1")))))
                    .containsExactly(Settled.BUSY, Settled.APPLIED);
            host.commit();
        }
        assertThat(store.settle(List.of(failure))).containsExactly(Settled.APPLIED);
        assertThat(Stream.of(parent, fails, waiting, other, fine)
                        .map(job -> store.find(job.id()).orElseThrow().status()))
                .containsExactly(
                        JobStatus.FAILED,
                        JobStatus.FAILED,
                        JobStatus.CANCELLED,
                        JobStatus.COMPLETED,
                        JobStatus.COMPLETED);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("the progress of the jobs that need them is left out, and that of the others is stored")
    void report(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob held = Jobs.job();
        NewJob free = Jobs.job();
        store.add(Jobs.encoded(held, free));
        Map<UUID, Job> claimed = claimAll(store);
        JobProgress half = JobProgress.NONE.withPercent(50);
        ProgressReport first = new ProgressReport(claim(claimed, held), half);
        ProgressReport second = new ProgressReport(claim(claimed, free), half);
        ProgressReport gone =
                new ProgressReport(new Claim(UUID.randomUUID(), 1, UUID.randomUUID(), Instant.EPOCH), half);
        try (Connection host = host(database)) {
            Lock.SUCCESSOR.take(store, host, held);

            assertThat(Patience.answerOf(() -> store.report(List.of(first, second, gone))))
                    .containsExactly(first);

            assertThat(store.find(free.id()).orElseThrow().progress().percent()).isEqualTo(50);
            host.commit();
        }
        assertThat(store.report(List.of(first))).isEmpty();
        assertThat(store.find(held.id()).orElseThrow().progress().percent()).isEqualTo(50);
    }

    @ParameterizedTest
    @MethodSource("sureLocks")
    @DisplayName("all other jobs of a dead worker are taken over, and those that need them by a later look")
    void take_over(TestDatabase kind, Lock lock) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob[] held = lock.family();
        NewJob[] free = lock.family();
        store.add(Jobs.encoded(held));
        store.add(Jobs.encoded(free));
        claimAll(store);
        kind.age(database, Duration.ofHours(1));
        TakeOverRequest request = new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH);
        try (Connection host = host(database)) {
            lock.take(store, host, held);

            assertThat(Patience.answerOf(() -> store.takeOver(request)))
                    .extracting(TakenOver::jobId)
                    .containsExactly(last(free).id());
            assertThat(Patience.answerOf(() -> store.takeOver(request))).isEmpty();
            host.commit();
        }
        assertThat(store.takeOver(request))
                .extracting(TakenOver::jobId)
                .containsExactly(last(held).id());
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("old jobs are purged, claims and heartbeats go on")
    void purge_claim_beat(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob held = Jobs.job();
        NewJob before = Jobs.job();
        NewJob after = Jobs.job().after(before);
        store.add(Jobs.encoded(held, before, after));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(Jobs.job()));
        try (Connection host = host(database)) {
            Lock.SUCCESSOR.take(store, host, held);

            int purged = Patience.answerOf(
                    () -> store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 10)
                            .jobs());

            assertThat(purged).as("MariaDB may leave them to a later call").isIn(0, 2);
            assertThat(kind == TestDatabase.MARIADB || purged == 2).isTrue();
            assertThat(Patience.answerOf(() -> Jobs.claim(store, worker, 10))).hasSize(1);
            assertThat(Patience.answerOf(() -> store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE)
                            .alive()))
                    .isTrue();
            host.commit();
        }
    }

    @ParameterizedTest
    @MethodSource("sureLocks")
    @DisplayName("all other late jobs fail, those that need them later, and the call says that it has left some")
    void expire(TestDatabase kind, Lock lock) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        NewJob[] held = late(lock.family());
        NewJob[] free = late(lock.family());
        store.add(Jobs.encoded(held));
        store.add(Jobs.encoded(free));
        kind.age(database, Duration.ofHours(2));
        try (Connection host = host(database)) {
            lock.take(store, host, held);

            assertThat(Patience.answerOf(() -> store.expire(10, Locale.ENGLISH)))
                    .isEqualTo(new Upkeep(1, Remaining.MORE));
            assertThat(Patience.answerOf(() -> store.expire(10, Locale.ENGLISH)))
                    .isEqualTo(new Upkeep(0, Remaining.LOCKED));
            assertThat(store.find(last(free).id()).orElseThrow().errorCode()).isEqualTo("expired");
            assertThat(store.find(last(held).id()).orElseThrow().status()).isEqualTo(JobStatus.PENDING);
            host.commit();
        }
        assertThat(store.expire(10, Locale.ENGLISH).jobs()).isOne();
        assertThat(store.expire(10, Locale.ENGLISH)).isEqualTo(new Upkeep(0, Remaining.NOTHING));
        assertThat(store.find(last(held).id()).orElseThrow().errorCode()).isEqualTo("expired");
    }

    /** The same jobs, of which the last one expires. */
    private static NewJob[] late(NewJob... family) {
        NewJob[] late = family.clone();
        late[late.length - 1] = last(family).expiresAfter(Duration.ofHours(1));
        return late;
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName(
            "all other unique keys whose period is over are deleted, and the one that the host has taken again by its transaction stays")
    void purge_keys(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        UniqueKey taken = UniqueKey.of("taken").forPeriod(Duration.ofHours(1));
        store.add(Jobs.encoded(Jobs.job().uniqueKey(taken)));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        for (int i = 0; i < 5; i++) {
            store.add(Jobs.encoded(Jobs.job().uniqueKey(UniqueKey.of("key-" + i).forPeriod(Duration.ofHours(1)))));
        }
        kind.age(database, Duration.ofHours(2));
        try (Connection host = host(database)) {
            TransactionJobs.of(store.joining(host)).enqueue(Jobs.job().uniqueKey(taken));

            Upkeep purged = Patience.answerOf(() -> store.purge(Retention.DEFAULT, 10));

            assertThat(purged.jobs()).isZero();
            assertThat(Sql.query(database, "SELECT unique_key FROM job_key")).containsExactly(List.of("taken"));
            host.commit();
        }
        assertThat(Sql.query(database, "SELECT count(*) FROM job_key WHERE expires_at > CURRENT_TIMESTAMP"))
                .containsExactly(List.of("1"));
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("a claim that is not committed, what its worker has besides is taken over, and its heartbeats go on")
    void silent_claim(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        store.add(Jobs.encoded(Jobs.job(), Jobs.job(), Jobs.job()));
        UUID worker = Jobs.worker(store);
        List<Job> running = Jobs.claim(store, worker, 3);
        assertThat(running).hasSize(3);
        NewJob claimed = Jobs.job().limit("api", "key");
        store.add(Jobs.encoded(claimed));
        TakeOverRequest request = new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH);
        JobStore silent = JdbcJobStore.of(HeldUpDataSource.before(
                statement -> statement.contains("ELSE s.under END") || statement.contains("status = ?, "),
                database,
                () -> {
                    assertThat(answerOf(() -> store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE)
                                    .alive()))
                            .isTrue();
                    answerOf(() -> {
                        Sql.run(database, "UPDATE job_worker SET lease_until = started_at");
                        return true;
                    });
                    assertThat(answerOf(() -> store.takeOver(request)))
                            .extracting(TakenOver::jobId)
                            .containsExactlyInAnyOrderElementsOf(
                                    running.stream().map(Job::id).toList());
                }));

        List<Job> late = Jobs.claim(silent, worker, 10);

        // What it has committed after that is found as a job of a worker that does not exist.
        assertThat(late).extracting(Job::id).containsExactly(claimed.id());
        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE).alive())
                .isFalse();
        assertThat(store.takeOver(request)).extracting(TakenOver::jobId).containsExactly(claimed.id());
        assertThat(store.settle(List.of(Settlement.complete(Claim.of(late.get(0)), null))))
                .containsExactly(Settled.LOST);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName("a limit, workers that declare it otherwise run jobs, and declare it as soon as it is free, on")
    void declare(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = kind.withoutEndOfLockWaits(database);
        JobClient client = JobClient.of(store);
        client.limits().put(Limit.of("api").concurrency(1));
        UUID free = client.enqueue(Jobs.job()).id();
        Worker worker;
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            // With another isolation, MariaDB would lock the gap as well in which the other limit is.
            host.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            Sql.query(host, "SELECT name FROM job_limit FOR UPDATE");
            worker = Worker.of(store, ProcessorRegistry.of().with(Jobs.TYPE, job -> null))
                    .limits(Limit.of("api").concurrency(7), Limit.of("other").concurrency(1))
                    .start();

            await().until(() -> store.find(free).orElseThrow().status() == JobStatus.COMPLETED);

            assertThat(client.limits().list())
                    .contains(Limit.of("api").concurrency(1), Limit.of("other").concurrency(1));
            host.rollback();
        }
        try (worker) {
            await().until(() -> client.limits().list().contains(Limit.of("api").concurrency(7)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB", "H2"})
    @DisplayName(
            "jobs are added, also if the host has added one after another, with the isolation that the database has by default")
    void add_beside_a_host(TestDatabase kind) throws Exception {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        NewJob first = Jobs.job();
        NewJob added = Jobs.job();
        store.add(Jobs.encoded(first));
        try (Connection host = database.getConnection()) {
            host.setAutoCommit(false);
            store.joining(host).add(Jobs.encoded(Jobs.job().after(first)));

            assertThat(answerOf(() -> store.add(Jobs.encoded(added))))
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ADDED);

            // One that was added after the snapshot of the host's transaction.
            assertThat(store.joining(host).add(Jobs.encoded(added.after(first))))
                    .extracting(Added::outcome)
                    .containsExactly(Added.Outcome.ID_EXISTS);
            host.commit();
        }
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(3);
    }

    private static <T> T answerOf(Callable<T> call) {
        try {
            return Patience.answerOf(call);
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
