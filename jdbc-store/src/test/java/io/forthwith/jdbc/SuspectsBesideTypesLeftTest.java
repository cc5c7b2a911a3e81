package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ClaimRequest.QueuedType;
import io.forthwith.store.JobStore;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Of jobs that have lost as many workers as a job may lose but one,")
class SuspectsBesideTypesLeftTest {
    private static final Set<QueuedType> LEFT = Set.of(new QueuedType("more", "other"));

    private static List<UUID> claim(JobStore store, Set<QueuedType> left) {
        ClaimRequest request = new ClaimRequest(
                Jobs.worker(store), List.of(NewJob.DEFAULT_QUEUE, "more"), 1, Set.of("x"), 3, false, null, left);
        return store.claim(request).stream().map(Job::id).toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a claim takes the first one of the highest priority, also if it leaves types to others, on")
    void order(TestDatabase on) {
        DataSource database = on.migrated();
        JobStore store = JdbcJobStore.of(database);
        JobClient jobs = JobClient.of(store);
        UUID low =
                jobs.enqueue(Jobs.job().priority(NewJob.HIGHEST_PRIORITY - 1)).id();
        UUID first = jobs.enqueue(Jobs.job().priority(NewJob.HIGHEST_PRIORITY)).id();
        UUID undo = jobs.enqueue(Jobs.job().priority(NewJob.HIGHEST_PRIORITY)).id();
        Sql.run(database, "UPDATE job SET lost_workers = 2");
        Sql.run(
                database,
                "UPDATE job SET type = 'undo:x', queue = 'undo:x', undoes = '" + low + "' WHERE id = '" + undo + "'");

        assertThat(claim(store, LEFT)).containsExactly(first);
        assertThat(claim(store, Set.of())).containsExactly(undo);
        assertThat(claim(store, LEFT)).containsExactly(low);
    }
}
