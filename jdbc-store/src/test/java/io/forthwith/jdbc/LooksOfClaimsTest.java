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
    @DisplayName(
            "starts ready jobs before parked ones of lower priority, also if the claim before has started parked ones only, on")
    void readyBeforeParked(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
        limits(store).put(Limit.of("api").concurrency(1));
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        client.enqueueAll(IntStream.range(0, 2 * KEYS)
                .mapToObj(i -> NewJob.of(CALL, i).limit("api", "key-" + i / 2).priority(1))
                .toList());
        store.settle(Jobs.completed(Jobs.claim(store, worker, KEYS)));
        assertThat(Jobs.claim(store, worker, 1)).as("parked jobs").hasSize(1);
        List<NewJob> ready = IntStream.range(0, KEYS - 1)
                .mapToObj(i -> NewJob.of(CALL, i).priority(9))
                .toList();
        client.enqueueAll(ready);

        List<Job> started = Jobs.claim(store, worker, KEYS - 1);

        assertThat(started)
                .extracting(Job::id)
                .containsExactlyInAnyOrderElementsOf(
                        ready.stream().map(NewJob::id).toList());
        assertThat(Jobs.claim(store, worker, 2 * KEYS)).as("the others").hasSize(KEYS - 1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that has acted on many notes in vain lets the worker claim again at once, on")
    void notesInVain(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
        limits(store).put(Limit.of("api").concurrency(1));
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        client.enqueueAll(List.of(
                NewJob.of(CALL, 1).limit("api", "key"), NewJob.of(CALL, 2).limit("api", "key")));
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

    private static LimitStore limits(JobStore store) {
        return store.limits().orElseThrow();
    }
}
