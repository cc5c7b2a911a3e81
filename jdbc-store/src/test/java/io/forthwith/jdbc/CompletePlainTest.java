package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("Jobs from whose end nothing follows")
@Timeout(Patience.SECONDS_OF_A_TEST)
class CompletePlainTest {
    @Test
    @DisplayName(
            "are answered as busy while another transaction has locked the place of their new index entries, and completed after that")
    void entries_locked() throws SQLException {
        DataSource database = TestMariaDb.empty();
        JobStore store = JdbcJobStore.of(database);
        UUID worker = Jobs.worker(store);
        store.add(Jobs.many(2));
        List<Settlement> completions = Jobs.claim(store, worker, 2).stream()
                .<Settlement>map(job -> Settlement.complete(Claim.of(job), null))
                .toList();
        try (Connection other = database.getConnection();
                Statement statement = other.createStatement()) {
            other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            other.setAutoCommit(false);
            statement.executeQuery("SELECT id FROM job FORCE INDEX (job_ready) WHERE status = 'completed' FOR UPDATE");

            assertThat(store.settle(completions)).hasSize(2).containsOnly(Settled.BUSY);

            other.rollback();
        }

        assertThat(store.settle(completions)).hasSize(2).containsOnly(Settled.APPLIED);
    }

    @Test
    @DisplayName("become what the first of several settlements in a call says")
    void several() {
        JobStore store = JdbcJobStore.of(TestH2.migrated());
        UUID worker = Jobs.worker(store);
        store.add(Jobs.many(2));
        List<Job> jobs = Jobs.claim(store, worker, 2);
        Claim twice = Claim.of(jobs.get(0));

        List<Settled> answers = store.settle(List.of(
                Settlement.fail(twice, JobError.permanent("broken", "It broke"), Locale.ENGLISH),
                Settlement.complete(twice, null),
                Settlement.complete(Claim.of(jobs.get(1)), null)));

        assertThat(answers).containsOnly(Settled.APPLIED);
        assertThat(store.find(jobs.get(0).id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(store.find(jobs.get(1).id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }
}
