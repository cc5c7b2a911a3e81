package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.store.JobStore;
import io.forthwith.store.kit.fixture.RacingThreads;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Jobs under limits, some of which are not as the library would write them,")
class LimitsByHandTest {
    private static final JobType<String> CALL = JobType.of("call", String.class);
    private static final String UNREADABLE = "no key";

    @ParameterizedTest
    @EnumSource
    @DisplayName("run, whatever else stands in the columns and tables of limits, on")
    void unreadable(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        store.limits().orElseThrow().put(Limit.of("api").concurrency(1));
        JobClient client = JobClient.of(store);
        UUID id = client.enqueue(NewJob.of(CALL, "").limit("api", "key-1")).id();
        UUID strange = client.enqueue(NewJob.of(CALL, "")).id();
        Sql.run(database, "UPDATE job SET limits = '" + UNREADABLE + "' WHERE id = '" + strange + "'");
        String note = "INSERT INTO job_limit_note (id, limit_key) VALUES ('" + UUID.randomUUID() + "', '%s')";
        Sql.run(database, note.formatted(UNREADABLE));
        Sql.run(database, "INSERT INTO job_limit (name, burst) VALUES ('" + UNREADABLE + "', 0)");
        Sql.run(
                database,
                "INSERT INTO job_limit_key (limit_key, is_own, burst) VALUES ('" + UNREADABLE + "', "
                        + (on == TestDatabase.SQLITE ? "0" : "FALSE") + ", 0)");

        UUID worker = Jobs.worker(store);
        assertThat(Jobs.claim(store, worker, 10)).extracting(Job::id).containsExactly(strange);
        assertThat(Jobs.claim(store, worker, 10))
                .as("of a key that is new")
                .extracting(Job::id)
                .containsExactly(id);

        assertThat(Sql.query(database, "SELECT count(*) FROM job_limit_note").get(0))
                .containsExactly("0");
        store.limits().orElseThrow().lookAgain();
        assertThat(store.limits().orElseThrow().list())
                .containsExactly(Limit.of("api").concurrency(1));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("run, if the first one of a call was there already, and the others wait for it, on")
    void firstIsThere(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
        store.limits().orElseThrow().put(Limit.of("api").concurrency(2));
        JobClient client = JobClient.of(store);
        NewJob first = NewJob.of(CALL, "").limit("api", "key-1");
        NewJob second = NewJob.of(CALL, "").limit("api", "key-1");
        NewJob parent = NewJob.of(CALL, "");
        NewJob third = NewJob.of(CALL, "").limit("api", "key-2");
        NewJob child = NewJob.of(CALL, "").limit("api", "key-2").parent(parent);
        client.enqueueAll(List.of(first, third));
        UUID worker = Jobs.worker(store);
        assertThat(Jobs.claim(store, worker, 10)).hasSize(2);

        client.enqueueAll(List.of(first, second));
        client.enqueueAll(List.of(parent, third, child));

        assertThat(Jobs.claim(store, worker, 10))
                .extracting(Job::id)
                .containsExactlyInAnyOrder(second.id(), child.id());
        assertThat(store.limits()
                        .orElseThrow()
                        .state(new LimitKey("api", "key-2"))
                        .running())
                .hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("find the limits that eight workers declare at the same moment, on")
    void declaredAtOnce(TestDatabase on) {
        JobStore store = JdbcJobStore.of(on.migrated());
        for (int round = 0; round < 10; round++) {
            Limit limit = Limit.of("api-" + round).concurrency(1);
            RacingThreads.race(8, thread -> () -> {
                store.limits().orElseThrow().put(limit);
                return true;
            });
        }
        assertThat(store.limits().orElseThrow().list()).hasSize(10);
    }
}
