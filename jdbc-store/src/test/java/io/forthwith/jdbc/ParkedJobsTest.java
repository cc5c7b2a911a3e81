package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.store.JobStore;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A parked job")
class ParkedJobsTest {
    private static final JobType<String> CALL = JobType.of("call", String.class);

    @ParameterizedTest
    @EnumSource
    @DisplayName("stays parked if a claim has no slot for a ready job of its key: only one of them can start next, on")
    void behindReady(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        client.enqueue(job("new"));
        client.enqueueAll(List.of(job("old"), job("old")));
        List<Job> running = Jobs.claim(store, worker, 2);
        NewJob ready = job("new");
        NewJob parked = job("new");
        client.enqueueAll(List.of(ready, parked));
        store.settle(Jobs.completed(running));

        List<Job> older = Jobs.claim(store, worker, 1);

        assertThat(older).extracting(Job::limits).containsOnly(job("old").limits());
        assertThat(Sql.query(
                        database,
                        "SELECT id FROM job WHERE status = 'pending' AND parked_under = 'api:new' ORDER BY id"))
                .containsExactly(List.of(parked.id().toString()));
        assertThat(Jobs.claim(store, worker, 2)).extracting(Job::id).containsExactly(ready.id());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that another limit holds up lets a later one start in the same claim, once, on")
    void refused(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        store.limits().orElseThrow().put(Limit.of("tenant").concurrency(1));
        JobClient client = JobClient.of(store);
        UUID worker = Jobs.worker(store);
        NewJob call = job("key-1");
        NewJob ofTenant = NewJob.of(CALL, "").limit("tenant", "acme");
        client.enqueueAll(List.of(call, ofTenant));
        List<Job> running = Jobs.claim(store, worker, 2);
        assertThat(running).extracting(Job::id).containsExactlyInAnyOrder(call.id(), ofTenant.id());
        client.enqueue(job("key-1").limit("tenant", "acme"));
        assertThat(Jobs.claim(store, worker, 1)).isEmpty();
        store.settle(Jobs.completed(
                running.stream().filter(job -> job.id().equals(call.id())).toList()));
        NewJob later = NewJob.of(CALL, "").limit("tenant", "bravo");
        client.enqueue(later);

        List<Job> started = Jobs.claim(store, worker, 1);

        assertThat(started).extracting(Job::id).containsExactly(later.id());
        assertThat(started.get(0).attempt()).isEqualTo(1);
        assertThat(client.find(later.id()).orElseThrow().attempt()).isEqualTo(1);
        assertThat(Jobs.claim(store, worker, 1)).isEmpty();
    }

    private static NewJob job(String key) {
        return NewJob.of(CALL, "").limit("api", key);
    }
}
