package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ClaimedColumnsTest {
    /** Those that are read, or are known, of a plain job that was just claimed. */
    private static final Set<String> READ = Set.of(
            "id",
            "type",
            "queue",
            "priority",
            "status",
            "claim",
            "worker_id",
            "attempt",
            "input_data",
            "created_at",
            "run_at",
            "started_at",
            "updated_at");

    @Test
    @DisplayName("a claimed job of which few columns are read has nothing in any other column")
    void columns() {
        List<String> tested = List.of(JobRowReader.IS_PLAIN.split("[^a-z_]+"));

        assertThat(Arrays.stream(JobRowReader.COLUMNS.split("[,\\s]+")).filter(column -> !READ.contains(column)))
                .isNotEmpty()
                .isSubsetOf(tested);
        assertThat(tested).doesNotContainAnyElementsOf(READ);
    }

    @Test
    @DisplayName("jobs of one claim, plain ones and others, are as they are stored")
    void as_stored() {
        JobStore store = JdbcJobStore.of(TestPostgres.empty());
        UUID worker = Jobs.worker(store);
        store.add(Jobs.encoded(
                Jobs.job(),
                Jobs.job(),
                Jobs.job().user("someone"),
                Jobs.job().project("something"),
                Jobs.job().uniqueKey("key"),
                Jobs.job().expiresAfter(Duration.ofHours(1)),
                Jobs.job().maxAttempts(2),
                Jobs.job().timeLimit(Duration.ofSeconds(5)),
                Jobs.job().locale(Locale.GERMAN),
                Jobs.job().metadata("name", "value"),
                Jobs.job().cancelOtherChildren(),
                Jobs.job().traceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                Jobs.job()));

        List<Job> claimed = Jobs.claim(store, worker, 20);

        assertThat(claimed)
                .hasSize(13)
                .allSatisfy(job -> assertThat(job)
                        .usingRecursiveComparison()
                        .isEqualTo(store.find(job.id()).orElseThrow()));
    }
}
