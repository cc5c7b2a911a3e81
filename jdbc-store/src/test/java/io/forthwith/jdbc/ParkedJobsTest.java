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
        client.enqueueAll(List.of(job("old"), job("old"), job("old")));
        store.settle(Jobs.completed(Jobs.claim(store, worker, 1)));
        NewJob ready = job("new");
        NewJob parked = job("new");
        client.enqueueAll(List.of(ready, parked));

        List<Job> older = Jobs.claim(store, worker, 1);

        assertThat(older).extracting(Job::limits).containsOnly(job("old").limits());
        assertThat(Sql.query(
                        database,
                        "SELECT id FROM job WHERE status = 'pending' AND parked_under = 'api:new' ORDER BY id"))
                .containsExactly(List.of(parked.id().toString()));
        assertThat(Jobs.claim(store, worker, 2)).extracting(Job::id).containsExactly(ready.id());
    }

    private static NewJob job(String key) {
        return NewJob.of(CALL, "").limit("api", key);
    }
}
