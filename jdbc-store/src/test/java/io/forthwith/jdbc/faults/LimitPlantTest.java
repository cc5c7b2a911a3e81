package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.jdbc.Jobs;
import io.forthwith.jdbc.TestDatabase;
import io.forthwith.jdbc.WatchedDataSource;
import io.forthwith.limit.Limit;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bugs are put in by the text of statements. This says at once what {@link LimitChaosTest} would say after minutes. */
@DisplayName("Among the statements that the store runs on PostgreSQL are some to plant a bug in:")
class LimitPlantTest {
    private static List<String> statements = List.of();

    @BeforeAll
    static void run_jobs_under_limits_and_in_a_sequence() {
        WatchedDataSource watched = new WatchedDataSource(TestDatabase.POSTGRESQL.migrated(), connection -> {});
        JdbcJobStore store = JdbcJobStore.of(watched);
        JobClient client = JobClient.of(store);
        client.limits().put(Limit.of("api").concurrency(2).rate(10, Duration.ofSeconds(1)));
        client.limits().put(Limit.of("model").concurrency(2));
        client.enqueue(job().limit("api", "one").limit("model", "two"));
        client.enqueue(job().sequence("film"));
        store.settle(Jobs.completed(Jobs.claimAll(store)));
        statements = List.copyOf(watched.statements());
    }

    private static NewJob job() {
        return NewJob.of(JobType.of("limited", String.class), "");
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @DisplayName("there is one:")
    void planted(LimitPlant bug) {
        assertThat(statements)
                .anySatisfy(statement -> assertThat(bug.in(statement)).isNotEqualTo(statement));
    }
}
