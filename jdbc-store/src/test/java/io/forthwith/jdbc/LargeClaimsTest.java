package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.StoreHints;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A claim of many jobs, on PostgreSQL,")
class LargeClaimsTest {
    private static final int JOBS = 100;
    private static final String INPUT = '"' + "x".repeat(260_000) + '"';
    /** What one claim returns, and the piece that goes beyond. */
    private static final long MOST_TEXT = (8 << 20) + 32L * INPUT.length();

    @Test
    @DisplayName("returns as much text as fits into memory, and gives the other jobs back without an attempt")
    void gives_back() {
        JobStore store = JdbcJobStore.of(TestPostgres.empty());
        store.add(Stream.generate(() -> new EncodedJob(Jobs.job(), INPUT))
                .limit(JOBS)
                .toList());
        UUID worker = Jobs.worker(store);
        Set<UUID> claimed = new HashSet<>();
        while (claimed.size() < JOBS) {
            List<Job> some = Jobs.claim(store, worker, ClaimRequest.MOST_JOBS);

            assertThat(some).isNotEmpty().allSatisfy(job -> {
                assertThat(job.input()).isEqualTo(INPUT);
                assertThat(claimed.add(job.id())).as("claimed once").isTrue();
                assertThat(job.attempt()).isEqualTo(1);
            });
            assertThat((long) some.size() * INPUT.length()).isLessThan(MOST_TEXT);
            assertThat(store.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                    .isEqualTo(claimed.size());
        }
        assertThat(store.held(worker)).hasSize(JOBS);
    }

    @Test
    @DisplayName("tells workers of the jobs that it gives back")
    void tells() {
        JobStore store = JdbcJobStore.of(TestPostgres.empty());
        store.add(Stream.generate(() -> new EncodedJob(Jobs.job(), INPUT))
                .limit(JOBS)
                .toList());
        UUID worker = Jobs.worker(store);
        List<Long> pending = new ArrayList<>();
        try (StoreHints.Subscription ignored =
                store.onAdded(() -> pending.add(store.countByScan(JobQuery.all().status(JobStatus.PENDING))))) {
            int claimed = Jobs.claim(store, worker, ClaimRequest.MOST_JOBS).size();

            assertThat(pending).last().isEqualTo((long) JOBS - claimed);
        }
    }
}
