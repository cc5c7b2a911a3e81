package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settlement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Claims of a backlog, on PostgreSQL, which go on where the one before has ended,")
class BacklogClaimsTest {
    private static final int CLAIM = 100;
    private static final int JOBS = 1_000;

    private JobStore store;
    private UUID worker;

    @BeforeEach
    void store() {
        store = JdbcJobStore.of(TestPostgres.empty());
        worker = Jobs.worker(store);
    }

    private List<UUID> add(int count, int priority) {
        List<EncodedJob> jobs = IntStream.range(0, count)
                .mapToObj(i -> new EncodedJob(Jobs.job().priority(priority), "1"))
                .toList();
        store.add(jobs);
        return jobs.stream().map(EncodedJob::job).map(NewJob::id).toList();
    }

    @Test
    @DisplayName("give out each job once, in its order")
    void order() {
        add(JOBS, 5);
        List<Job> all = new ArrayList<>();
        for (List<Job> some = Jobs.claim(store, worker, CLAIM);
                !some.isEmpty();
                some = Jobs.claim(store, worker, CLAIM)) {
            all.addAll(some);
        }

        assertThat(all).hasSize(JOBS).doesNotHaveDuplicates();
        assertThat(all.stream().map(job -> job.id().toString())).isSorted();
    }

    @Test
    @DisplayName("find what was given back before that place as soon as there are too few behind it")
    void given_back() {
        add(2 * CLAIM, 5);
        List<Job> given = Jobs.claim(store, worker, CLAIM);
        store.settle(given.stream()
                .<Settlement>map(job -> Settlement.giveBack(Claim.of(job)))
                .toList());

        List<Job> rest = new ArrayList<>(Jobs.claim(store, worker, CLAIM));
        rest.addAll(Jobs.claim(store, worker, CLAIM));

        assertThat(rest).hasSize(2 * CLAIM);
        assertThat(rest.stream().map(Job::id))
                .containsAll(given.stream().map(Job::id).toList());
    }

    @Test
    @DisplayName("take a job of a higher priority at once")
    void higher_priority() {
        add(JOBS, 5);
        Jobs.claim(store, worker, CLAIM);
        Jobs.claim(store, worker, CLAIM);
        List<UUID> urgent = add(1, 9);

        assertThat(Jobs.claim(store, worker, CLAIM).get(0).id()).isEqualTo(urgent.get(0));
    }
}
