package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Added;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import io.forthwith.store.StoreHints;
import io.forthwith.store.TakeOverRequest;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.h2.tools.Server;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The JDBC store, beyond the contract,")
class JdbcJobStoreTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("notifies its listeners when jobs were added, and survives their exceptions")
    void hints(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        AtomicInteger told = new AtomicInteger();
        StoreHints.Subscription subscription = store.onAdded(told::incrementAndGet);
        StoreHints.Subscription broken = store.onAdded(() -> {
            throw new IllegalStateException("thrown on purpose");
        });
        // A listener begins with a hint.
        Awaitility.await().until(() -> !kind.tellsOthers() || store.hearsOthers());
        told.set(0);
        NewJob job = Jobs.job();
        store.add(Jobs.encoded(job));
        assertThat(told).hasValue(1);
        store.add(Jobs.encoded(job));
        assertThat(told).as("nothing was added").hasValue(1);
        store.cancel(job.id(), Locale.ENGLISH);
        store.retry(job.id());
        assertThat(told).hasValue(2);
        store.wake();
        assertThat(told).hasValue(3);
        subscription.close();
        assertThatCode(subscription::close).doesNotThrowAnyException();
        store.add(Jobs.encoded(Jobs.job()));
        assertThat(told).hasValue(3);
        broken.close();
    }

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, 50000", "H2, 5000"})
    @DisplayName("adds many jobs in one call, among them some that are there already")
    void many(TestDatabase kind, int count) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        List<EncodedJob> jobs = new ArrayList<>(Jobs.many(count));
        Collections.shuffle(jobs, new Random(1));
        store.add(jobs.subList(0, 10));
        List<Added> answers = store.add(jobs);
        assertThat(answers)
                .extracting(Added::id)
                .containsExactlyElementsOf(
                        jobs.stream().map(job -> job.job().id()).toList());
        assertThat(answers.subList(0, 10)).extracting(Added::outcome).containsOnly(Added.Outcome.ID_EXISTS);
        assertThat(answers.subList(10, count)).extracting(Added::outcome).containsOnly(Added.Outcome.ADDED);
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(count);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("hands out by priority and time across queues")
    void across_queues(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        NewJob low = Jobs.job().queue("a").priority(1);
        NewJob first = Jobs.job().queue("b");
        NewJob second = Jobs.job().queue("a");
        NewJob third = Jobs.job().queue("b");
        NewJob high = Jobs.job().queue("b").priority(9);
        NewJob elsewhere = Jobs.job().queue("c").priority(9);
        for (NewJob job : List.of(low, first, second, third, high, elsewhere)) {
            store.add(Jobs.encoded(job));
        }
        UUID worker = Jobs.worker(store);
        List<UUID> handedOut = new ArrayList<>();
        for (int limit : new int[] {2, 1, 5}) {
            List<Job> claimed = store.claim(new ClaimRequest(worker, List.of("a", "b"), limit, Set.of(), 3));
            assertThat(claimed).hasSizeLessThanOrEqualTo(limit);
            claimed.forEach(job -> handedOut.add(job.id()));
        }
        assertThat(handedOut).containsExactly(high.id(), first.id(), second.id(), third.id(), low.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("hands out a job at its last try within the limit, and no second one before the first has ended")
    void suspects(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        List<EncodedJob> suspects = Jobs.many(3);
        store.add(suspects);
        TakeOverRequest request = new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH);
        for (int lost = 0; lost < 2; lost++) {
            List<UUID> dying = List.of(Jobs.worker(store), Jobs.worker(store), Jobs.worker(store));
            // Each has one before any dies: what is taken over in the tick of the clock in which it was added keeps its
            // place.
            dying.forEach(worker -> assertThat(Jobs.claim(store, worker, 1)).hasSize(1));
            dying.forEach(worker -> store.beat(worker, Duration.ofMillis(-1), WorkerLoad.NONE));
            store.takeOver(request);
        }
        assertThat(store.scan(JobQuery.all())).allMatch(job -> job.lostWorkers() == 2);
        store.add(Jobs.encoded(Jobs.job().priority(9), Jobs.job().priority(0)));
        UUID worker = Jobs.worker(store);
        assertThat(Jobs.claim(store, worker, 1)).extracting(Job::priority).containsExactly(9);
        List<Job> claimed = Jobs.claim(store, worker, 10);
        assertThat(claimed).extracting(Job::priority).containsExactly(5, 0);
        assertThat(Jobs.claim(store, worker, 10)).isEmpty();
        assertThat(Jobs.claim(store, Jobs.worker(store), 10)).hasSize(1);
        store.settle(Jobs.completed(claimed));
        assertThat(Jobs.claim(store, worker, 10)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("settles what is mixed in every way in one call, each by its own fence")
    void mixed(TestDatabase kind) {
        JdbcJobStore store = JdbcJobStore.of(kind.migrated());
        NewJob parent = Jobs.job();
        store.add(Jobs.encoded(parent, Jobs.job().parent(parent), Jobs.job().parent(parent)));
        store.add(Jobs.many(6));
        List<Job> jobs = new ArrayList<>(Jobs.claimAll(store));
        Collections.shuffle(jobs, new Random(7));
        JobError error = JobError.retryable("busy", "Busy");
        Claim own = Claim.of(jobs.get(6));
        Claim stale = new Claim(own.jobId(), own.number() - 1, own.workerId(), own.startedAt());
        store.cancel(jobs.get(5).id(), Locale.ENGLISH);
        List<Settlement> batch = List.of(
                Settlement.complete(Claim.of(jobs.get(0)), "{\"r\": 1}"),
                Settlement.fail(Claim.of(jobs.get(1)), error, Locale.ENGLISH),
                Settlement.retry(Claim.of(jobs.get(2)), error, Duration.ofDays(36_500)),
                Settlement.postpone(Claim.of(jobs.get(3)), Duration.ofHours(1), "later"),
                Settlement.giveBack(Claim.of(jobs.get(4))),
                Settlement.complete(Claim.of(jobs.get(5)), "{}"),
                Settlement.complete(stale, "{}"),
                Settlement.awaitChildren(Claim.of(jobs.get(7)), null, SpawnedJobs.NONE));
        assertThat(store.settle(batch))
                .containsExactly(
                        Settled.APPLIED,
                        Settled.APPLIED,
                        Settled.APPLIED,
                        Settled.APPLIED,
                        Settled.APPLIED,
                        Settled.CANCELLED,
                        Settled.LOST,
                        Settled.APPLIED);
        assertThat(jobs.stream().map(job -> store.find(job.id()).orElseThrow().status()))
                .containsExactly(
                        JobStatus.COMPLETED,
                        JobStatus.FAILED,
                        JobStatus.PENDING,
                        JobStatus.PENDING,
                        JobStatus.PENDING,
                        JobStatus.CANCELLED,
                        JobStatus.PROCESSING,
                        JobStatus.COMPLETED);
        assertThat(store.failures(jobs.get(1).id())).hasSize(1);
        assertThat(store.failures(jobs.get(2).id())).hasSize(1);
        assertThat(store.settle(batch))
                .containsExactly(
                        Settled.ALREADY_APPLIED,
                        Settled.ALREADY_APPLIED,
                        Settled.ALREADY_APPLIED,
                        Settled.ALREADY_APPLIED,
                        Settled.ALREADY_APPLIED,
                        Settled.CANCELLED,
                        Settled.LOST,
                        Settled.ALREADY_APPLIED);
    }

    @Test
    @DisplayName("goes on with an H2 file where it was left")
    void h2_file(@TempDir Path directory) {
        String url = "jdbc:h2:file:" + directory.resolve("jobs");
        DataSource before = TestH2.at(url);
        JdbcSchema.migrate(before);
        JdbcJobStore store = JdbcJobStore.of(before);
        NewJob keyed = Jobs.job().uniqueKey("k");
        store.add(Jobs.encoded(keyed));
        List<Job> claimed = Jobs.claimAll(store);
        Sql.run(before, "SHUTDOWN");

        DataSource after = TestH2.at(url);
        JdbcSchema.migrate(after);
        JdbcJobStore reopened = JdbcJobStore.of(after);
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .containsExactly(new Added(keyed.id(), Added.Outcome.KEY_TAKEN));
        assertThat(reopened.held(claimed.get(0).workerId())).containsExactly(Claim.of(claimed.get(0)));
        assertThat(reopened.settle(Jobs.completed(claimed))).containsExactly(Settled.APPLIED);
        assertThat(reopened.add(Jobs.encoded(Jobs.job().uniqueKey("k"))))
                .extracting(Added::outcome)
                .containsExactly(Added.Outcome.ADDED);
        Sql.run(after, "SHUTDOWN");
    }

    @Test
    @DisplayName("works through an H2 server as it does without one")
    void h2_server(@TempDir Path directory) throws SQLException {
        Server server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-baseDir", directory.toString())
                .start();
        try {
            DataSource one = TestH2.at("jdbc:h2:tcp://localhost:" + server.getPort() + "/./jobs");
            DataSource other = TestH2.at("jdbc:h2:tcp://localhost:" + server.getPort() + "/./jobs");
            JdbcSchema.migrate(one);
            JdbcJobStore store = JdbcJobStore.of(one);
            NewJob parent = Jobs.job();
            store.add(Jobs.encoded(parent, Jobs.job().parent(parent), Jobs.job().after(parent)));

            JdbcJobStore elsewhere = JdbcJobStore.of(other);
            assertThat(elsewhere.settle(Jobs.completed(Jobs.claimAll(elsewhere))))
                    .containsExactly(Settled.APPLIED);
            assertThat(elsewhere.settle(Jobs.completed(Jobs.claimAll(store)))).containsExactly(Settled.APPLIED);
            assertThat(store.countByScan(JobQuery.all().status(JobStatus.COMPLETED)))
                    .isEqualTo(3);
        } finally {
            server.stop();
        }
    }
}
