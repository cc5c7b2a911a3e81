package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import io.forthwith.store.limit.LimitStore;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A claim under limits")
class LooksOfClaimsTest {
    private static final JobType<Integer> CALL = JobType.of("call", Integer.class);
    private static final int KEYS = 9;
    private static final int MANY_KEYS = 100;
    private static final int IN_VAIN = 100;

    @ParameterizedTest
    @EnumSource
    @DisplayName("starts a ready job of two keys if the parked job before it may not start, on")
    void readyBehindRefused(TestDatabase on) {
        JobStore store = store(on);
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        List<Job> ofApi = start(store, worker, call("api", "key"));
        start(store, worker, call("tenant", "busy"));
        store.settle(Jobs.completed(start(store, worker, call("tenant", "free"))));
        client.enqueue(call("api", "key").limit("tenant", "busy").priority(9));
        assertThat(Jobs.claim(store, worker, 1)).as("parked").isEmpty();
        NewJob ready = call("api", "key").limit("tenant", "free").priority(1);
        client.enqueue(ready);
        store.settle(Jobs.completed(ofApi));

        List<Job> started = Jobs.claim(store, worker, 1);

        assertThat(started).extracting(Job::id).containsExactly(ready.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that parks a parked job again, behind its second limit, keeps the time since when the job is due, on")
    void parkedAgain(TestDatabase on) {
        JobStore store = store(on);
        UUID worker = Jobs.worker(store);
        List<Job> ofApi = start(store, worker, call("api", "key"));
        List<Job> ofTenant = start(store, worker, call("tenant", "busy"));
        NewJob job = call("api", "key").limit("tenant", "busy");
        JobClient.of(store).enqueue(job);
        Instant due = store.find(job.id()).orElseThrow().runAt();
        assertThat(Jobs.claim(store, worker, 1)).as("parked behind one").isEmpty();
        store.settle(Jobs.completed(ofApi));
        assertThat(Jobs.claim(store, worker, 1)).as("parked behind the other").isEmpty();
        store.settle(Jobs.completed(ofTenant));

        assertThat(Jobs.claim(store, worker, 1))
                .singleElement()
                .extracting(Job::id, Job::runAt)
                .containsExactly(job.id(), due);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTGRESQL", "MARIADB"})
    @DisplayName("acts on the notes that it can lock, and waits for no transaction that has locked another one, on")
    void lockedNote(TestDatabase on) throws Exception {
        DataSource database = on.migrated();
        JobStore store = on.withoutEndOfLockWaits(database);
        limits(store).put(Limit.of("tenant").concurrency(1));
        UUID worker = Jobs.worker(store);
        JobClient.of(store)
                .enqueueAll(IntStream.range(0, 2 * MANY_KEYS)
                        .mapToObj(i -> call("tenant", "key-" + i / 2))
                        .toList());
        List<Job> running = Jobs.claim(store, worker, MANY_KEYS);
        assertThat(running).hasSize(MANY_KEYS);
        store.settle(Jobs.completed(running));
        try (Connection other = database.getConnection()) {
            other.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            other.setAutoCommit(false);
            Sql.query(other, "SELECT id FROM job_limit_note ORDER BY id DESC LIMIT 1 FOR UPDATE");

            assertThat(Patience.answerOf(() -> Jobs.claim(store, worker, MANY_KEYS)))
                    .hasSize(MANY_KEYS - 1);

            other.rollback();
        }
        assertThat(Jobs.claim(store, worker, MANY_KEYS))
                .as("of the note that was locked")
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that has acted on many notes in vain lets the worker claim again at once, on")
    void notesInVain(TestDatabase on) {
        JobStore store = store(on);
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        client.enqueueAll(List.of(call("api", "key"), call("api", "key")));
        List<Job> running = Jobs.claim(store, worker, 1);
        assertThat(Jobs.claim(store, worker, 1)).isEmpty();
        assertThat(limits(store).untilNextStart()).isNull();
        IntStream.range(0, IN_VAIN).forEach(i -> limits(store).resume(new LimitKey("api", "unused-" + i)));
        store.settle(Jobs.completed(running));

        List<List<Job>> claims = Stream.generate(() -> Jobs.claim(store, worker, 1))
                .takeWhile(claimed ->
                        claimed.isEmpty() && Duration.ZERO.equals(limits(store).untilNextStart()))
                .limit(IN_VAIN)
                .toList();

        assertThat(claims).as("claims in vain").hasSizeBetween(2, IN_VAIN - 1);
        assertThat(store.held(worker)).as("started after that").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that is full, and has met a job of a key that is new, lets the next one start that job, on")
    void newKeyBesideParked(TestDatabase on) {
        JobStore store = store(on);
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        client.enqueueAll(IntStream.range(0, 2 * KEYS)
                .mapToObj(i -> call("api", "key-" + i / 2).priority(1))
                .toList());
        store.settle(Jobs.completed(Jobs.claim(store, worker, KEYS)));
        NewJob urgent = call("api", "new").priority(9);
        client.enqueue(urgent);

        List<UUID> started = IntStream.range(0, 2)
                .mapToObj(i -> Jobs.claim(store, worker, 1))
                .flatMap(List::stream)
                .map(Job::id)
                .toList();

        assertThat(started).hasSize(2).contains(urgent.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "that has met jobs of keys that are new starts the others at once and lets the next one start those, on")
    void newKeyBesideKnown(TestDatabase on) {
        JobStore store = store(on);
        UUID worker = Jobs.worker(store);
        store.settle(Jobs.completed(start(store, worker, call("api", "known"))));
        NewJob known = call("api", "known");
        NewJob ofNewKey = call("api", "new");
        JobClient.of(store).enqueueAll(List.of(ofNewKey, known));

        AtomicInteger told = new AtomicInteger();
        try (StoreHints.Subscription ignored = store.onAdded(told::incrementAndGet)) {
            assertThat(Jobs.claim(store, worker, 2)).extracting(Job::id).containsExactly(known.id());
        }

        assertThat(told).as("workers were told of the other one").hasPositiveValue();
        assertThat(limits(store).untilNextStart()).isEqualTo(Duration.ZERO);
        assertThat(Jobs.claim(store, worker, 2)).extracting(Job::id).containsExactly(ofNewKey.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "that has not looked at the jobs behind a ready one, and starts none of them, lets workers of other types do that, on")
    void behindOneThatStaysReady(TestDatabase on) {
        JobStore store = store(on);
        limits(store).put(Limit.of("wide").concurrency(3));
        UUID worker = Jobs.worker(store);
        start(store, worker, call("tenant", "busy"));
        JobType<Integer> other = JobType.of("other", Integer.class);
        NewJob heldUp = NewJob.of(other, 0).limit("api", "key").limit("tenant", "busy");
        NewJob behind = NewJob.of(other, 0).limit("api", "key");
        List<NewJob> wide =
                IntStream.range(0, 3).mapToObj(i -> call("wide", "key")).toList();
        JobClient client = JobClient.of(store);
        makeKeys(store, worker, "api", "wide");
        client.enqueueAll(List.of(heldUp, behind, wide.get(0), wide.get(1), wide.get(2)));
        client.enqueue(call("api", "key"));

        assertThat(Jobs.claim(store, worker, 3))
                .extracting(Job::id)
                .containsExactlyElementsOf(wide.stream().map(NewJob::id).toList());

        ClaimRequest ofOther =
                new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 3, Set.of(other.name()), 3, true);
        assertThat(store.claim(ofOther)).extracting(Job::id).containsExactly(behind.id());
    }

    @Test
    @DisplayName(
            "that starts a ready job by the only permit of its key looks for no other job of the key, on PostgreSQL")
    void onlyPermit() {
        WatchedDataSource watched = new WatchedDataSource(TestDatabase.POSTGRESQL.migrated(), connection -> {});
        JobStore store = store(watched);
        UUID worker = Jobs.worker(store);
        store.settle(Jobs.completed(start(store, worker, call("api", "key"))));
        assertThat(Jobs.claim(store, worker, 1)).as("acts on the note").isEmpty();
        watched.statements().clear();

        start(store, worker, call("api", "key"));

        assertThat(watched.statements("WITH RECURSIVE wanted")).isZero();
    }

    /** The row of a key is made by the first claim that meets it. */
    private static void makeKeys(JobStore store, UUID worker, String... limits) {
        for (String limit : limits) {
            store.settle(Jobs.completed(start(store, worker, call(limit, "key"))));
        }
        assertThat(Jobs.claim(store, worker, 1)).as("acts on the notes").isEmpty();
    }

    /** One job of each key of both limits may run. */
    private static JobStore store(TestDatabase on) {
        return store(on.migrated());
    }

    private static JobStore store(DataSource database) {
        JobStore store = JdbcJobStore.of(database);
        limits(store).put(Limit.of("api").concurrency(1));
        limits(store).put(Limit.of("tenant").concurrency(1));
        return store;
    }

    private static NewJob call(String limit, String key) {
        return NewJob.of(CALL, 0).limit(limit, key);
    }

    private static List<Job> start(JobStore store, UUID worker, NewJob job) {
        JobClient.of(store).enqueue(job);
        List<Job> started = Jobs.claim(store, worker, 1);
        assertThat(started).extracting(Job::id).containsExactly(job.id());
        return started;
    }

    private static LimitStore limits(JobStore store) {
        return store.limits().orElseThrow();
    }
}
