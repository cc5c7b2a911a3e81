package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.store.Claim;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.rules.JobMoves;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The job that undoes steps")
class UndoWithSettlementTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("is added by the transaction that ends its job: if it cannot be added, nothing has ended")
    void all_or_nothing(TestDatabase kind) {
        DataSource database = kind.migrated();
        JdbcJobStore store = JdbcJobStore.of(database);
        store.add(Jobs.encoded(Jobs.job()));
        Claim claim = Claim.of(Jobs.claimAll(store).get(0));
        store.beginStep(claim, new StepName("charge", ""), true);
        Job job = store.find(claim.jobId()).orElseThrow();
        Settlement failure =
                Settlement.fail(claim, JobError.user("no_credits", "Insufficient credits"), Locale.ENGLISH);
        UUID undo = undoOf(job, failure);
        Sql.run(database, "INSERT INTO job (id, type) VALUES ('" + undo + "', 'in the way')");

        JobStoreException refused = catchThrowableOfType(JobStoreException.class, () -> store.settle(List.of(failure)));

        assertThat(refused).isNotNull();
        assertThat(store.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.PROCESSING);
        assertThat(store.failures(job.id())).isEmpty();
        assertThat(store.steps(job.id())).singleElement().matches(step -> step.undoJobId() == null);

        Sql.run(database, "DELETE FROM job WHERE type = 'in the way'");
        store.settle(List.of(failure));

        assertThat(store.find(job.id()).orElseThrow().status()).isEqualTo(JobStatus.FAILED);
        assertThat(store.find(undo).orElseThrow().undoes()).isEqualTo(job.id());
    }

    private static UUID undoOf(Job job, Settlement settlement) {
        JobMoves moves = new JobMoves(job.updatedAt());
        return moves.undo(job, moves.settle(job, settlement)).orElseThrow().id();
    }
}
