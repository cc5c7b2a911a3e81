package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.JobChange;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChangingByHandTest {
    private static final JobType<String> MAIL = JobType.of("mail", String.class);
    private static final JobChange SLOW = JobChange.of().queue("slow");

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);

    private List<UUID> enqueued(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> jobs.enqueue(NewJob.of(MAIL, "x")).id())
                .toList();
    }

    private void claimOne() {
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "here", 1), Duration.ofMinutes(1));
        store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), 1, Set.of(MAIL.name()), 3));
    }

    @Test
    void a_change_of_all_goes_through_all_pages_and_changes_each_job_once() {
        enqueued(750);
        claimOne();

        assertThat(jobs.changeAll(JobQuery.all(), JobChange.of().delay(Duration.ofHours(1))))
                .isEqualTo(ReadModelFactory.bulkResult(749, Map.of(ActResult.Outcome.RUNNING, 1L), null));
        assertThat(jobs.changeAll(JobQuery.all(), SLOW)).isEqualTo(ReadModelFactory.bulkResult(750, Map.of(), null));
        assertThat(jobs.countByScan(JobQuery.all().queue("slow"))).isEqualTo(750);
    }

    @Test
    void a_cancellation_of_all_goes_through_all_pages_and_asks_running_jobs_to_stop() {
        enqueued(750);
        claimOne();

        assertThat(jobs.cancelAll(JobQuery.all()).done()).isEqualTo(750);
        assertThat(jobs.countByScan(JobQuery.all().status(JobStatus.CANCELLED))).isEqualTo(749);
    }

    @Test
    void an_interrupted_thread_ends_after_a_page_and_says_where_to_go_on() {
        List<UUID> ids = enqueued(750);
        Thread.currentThread().interrupt();
        BulkResult first = jobs.changeAll(JobQuery.all(), SLOW);
        assertThat(Thread.interrupted()).isTrue();

        assertThat(first).isEqualTo(ReadModelFactory.bulkResult(500, Map.of(), ids.get(250)));
        assertThat(jobs.changeAll(JobQuery.all().before(ids.get(250)), SLOW).done())
                .isEqualTo(250);
    }

    @Test
    void at_most_so_many_are_done_and_the_answer_says_where_to_go_on() {
        List<UUID> ids = enqueued(5);

        BulkResult first = jobs.changeAll(JobQuery.all().atMost(2), SLOW);

        assertThat(first).isEqualTo(ReadModelFactory.bulkResult(2, Map.of(), ids.get(3)));
        assertThat(jobs.cancelAll(JobQuery.all().atMost(2)).done()).isEqualTo(2);
        assertThat(jobs.retryAll(JobQuery.all().atMost(1)).done()).isOne();
        assertThat(jobs.countByScan(JobQuery.all().status(JobStatus.CANCELLED))).isOne();
    }

    @Test
    void one_job_is_changed() {
        UUID id = enqueued(1).get(0);

        assertThat(jobs.change(id, SLOW.priority(9).delay(Duration.ofDays(1)))).isEqualTo(ActResult.DONE);

        assertThat(jobs.find(id).orElseThrow().queue()).isEqualTo("slow");
        assertThat(jobs.find(id).orElseThrow().priority()).isEqualTo(9);
    }

    @Test
    void an_empty_change_is_refused_before_the_store_is_asked() {
        assertThatThrownBy(() -> jobs.change(UUID.randomUUID(), JobChange.of()))
                .hasMessage("The change is empty: set runAt, delay, priority or queue");
        assertThatThrownBy(() -> jobs.changeAll(JobQuery.all(), JobChange.of()))
                .hasMessage("The change is empty: set runAt, delay, priority or queue");
    }

    @Test
    void what_cannot_be_a_time_a_priority_or_a_queue_is_refused_with_the_rule() {
        JobChange change = JobChange.of();

        assertThatThrownBy(() -> change.runAt(Instant.MAX)).hasMessageEndingWith("give one before the year 2200");
        assertThatThrownBy(() -> change.delay(Duration.ofSeconds(-1)))
                .hasMessage("Delay PT-1S is out of range: zero to 100 years");
        assertThatThrownBy(() -> change.priority(10)).hasMessage("Priority 10 is out of range: 0 to 9, higher first");
        assertThatThrownBy(() -> change.priority(-1)).hasMessage("Priority -1 is out of range: 0 to 9, higher first");
        assertThatThrownBy(() -> change.queue("no space")).hasMessageContaining("is not a valid name");
        assertThatThrownBy(() -> change.queue("undo:mail"))
                .hasMessageContaining("belong to the jobs that undo durable steps");
    }

    @Test
    void the_last_of_time_and_delay_counts() {
        assertThat(JobChange.of().runAt(Instant.EPOCH).delay(Duration.ZERO))
                .isEqualTo(JobChange.of().delay(Duration.ZERO));
        assertThat(JobChange.of().delay(Duration.ZERO).runAt(Instant.EPOCH))
                .isEqualTo(JobChange.of().runAt(Instant.EPOCH));
    }
}
