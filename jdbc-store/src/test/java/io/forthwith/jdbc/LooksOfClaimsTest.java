package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A claim under limits")
class LooksOfClaimsTest {
    private static final JobType<Integer> CALL = JobType.of("call", Integer.class);
    private static final int KEYS = 9;
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

    /** One job of each key of both limits may run. */
    private static JobStore store(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
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
