package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.store.rows.InMemoryJobStore;
import io.forthwith.worker.internal.report.OutcomeCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The counts of outcomes")
class OutcomesTest {
    private static final JobType<String> WORK = JobType.of("work", String.class);
    private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");

    private final OutcomeCounts counts = new OutcomeCounts();

    private static Job job(String type, Instant due, Instant claimed) {
        return Job.builder(new UUID(0, 1), type, due)
                .runAt(due)
                .startedAt(claimed)
                .build();
    }

    private void completed(String type, Instant claimed, Duration took) {
        counts.ended(job(type, claimed.minusSeconds(1), claimed), Outcome.COMPLETED, took);
    }

    @Test
    void a_worker_writes_them_when_it_stops_with_all_ways_in_which_attempts_end() {
        InMemoryJobStore store = new InMemoryJobStore();
        JobClient jobs = JobClient.of(store);
        List.of("ok", "ok", "fail", "wait", "notReady")
                .forEach(what -> jobs.enqueue(NewJob.of(WORK, what).maxAttempts(1)));
        ProcessorRegistry processors = ProcessorRegistry.of().with(WORK, job -> {
            switch (job.input(String.class)) {
                case "fail" -> throw new IllegalStateException("no");
                case "notReady" -> throw new NotReadyException(Duration.ofHours(1), "later");
                case "wait" -> job.spawn(NewJob.of(WORK, "ok"));
                default -> {}
            }
            return null;
        });
        Instant begin = Instant.now().minus(Duration.ofHours(1));
        Worker.of(store, processors).build().drain();

        List<JobOutcomes> all = jobs.outcomes(begin, begin.plus(Duration.ofHours(2)));
        assertThat(all)
                .extracting(JobOutcomes::type, JobOutcomes::outcome)
                .contains(
                        tuple("work", Outcome.COMPLETED),
                        tuple("work", Outcome.FAILED),
                        tuple("work", Outcome.WAITING),
                        tuple("work", Outcome.POSTPONED));
        assertThat(all.stream()
                        .filter(each -> each.outcome() == Outcome.COMPLETED)
                        .mapToLong(JobOutcomes::jobs)
                        .sum())
                .isEqualTo(3);
        assertThat(all).allSatisfy(each -> {
            assertThat(each.runs().total()).isEqualTo(each.jobs());
            assertThat(each.waits().total()).isEqualTo(each.jobs());
        });
    }

    @Test
    void belong_to_the_minute_in_which_the_attempt_ended_by_the_clock_of_the_store() {
        completed("a", NOON, Duration.ofMillis(59_999));
        completed("a", NOON, Duration.ofMinutes(1));
        completed("a", NOON.plusSeconds(61), Duration.ZERO);

        assertThat(counts.unwritten())
                .extracting(JobOutcomes::from, JobOutcomes::jobs)
                .containsExactlyInAnyOrder(tuple(NOON, 1L), tuple(NOON.plusSeconds(60), 2L));
        assertThat(counts.unwritten().get(0).waits().quantile(1)).isEqualTo(Duration.ofMillis(1_024));
    }

    @Test
    void are_whole_numbers_also_after_they_were_written() {
        completed("a", NOON, Duration.ZERO);
        List<JobOutcomes> first = counts.unwritten();
        completed("a", NOON, Duration.ZERO);
        counts.written(first);
        assertThat(counts.unwritten()).extracting(JobOutcomes::jobs).containsExactly(2L);
        counts.written(counts.unwritten());
        assertThat(counts.unwritten()).isEmpty();
        completed("a", NOON, Duration.ZERO);
        assertThat(counts.unwritten()).extracting(JobOutcomes::jobs).containsExactly(3L);
    }

    @Test
    void that_come_after_their_minute_was_forgotten_are_added_to_one_that_was_not() {
        completed("a", NOON, Duration.ZERO);
        counts.written(counts.unwritten());
        completed("a", NOON.plusSeconds(600), Duration.ZERO);
        counts.written(counts.unwritten());
        completed("a", NOON, Duration.ZERO);

        assertThat(counts.unwritten())
                .extracting(JobOutcomes::from, JobOutcomes::jobs)
                .containsExactly(tuple(NOON.plusSeconds(300), 1L));
    }

    @Test
    void tell_at_most_five_hundred_apart_in_a_minute() {
        for (int i = 0; i < 2_000; i++) {
            completed("type" + i, NOON, Duration.ZERO);
        }
        List<JobOutcomes> all = counts.unwritten();
        assertThat(all).hasSize(501);
        assertThat(all.stream().filter(each -> each.type().equals(JobOutcomes.OTHER)))
                .singleElement()
                .satisfies(other -> assertThat(other.jobs()).isEqualTo(1_500));
        assertThat(all.stream().mapToLong(JobOutcomes::jobs).sum()).isEqualTo(2_000);
    }

    @Test
    void are_given_up_from_the_oldest_on_when_the_store_is_away_for_too_long() {
        for (int minute = 0; minute < 100; minute++) {
            for (int i = 0; i < 300; i++) {
                completed("type" + i, NOON.plusSeconds(60L * minute), Duration.ZERO);
            }
            counts.notWritten();
        }
        List<JobOutcomes> kept = counts.unwritten();
        assertThat(kept).hasSizeBetween(19_000, 20_000);
        assertThat(kept).noneMatch(each -> each.from().equals(NOON));
        assertThat(kept).anyMatch(each -> each.from().equals(NOON.plusSeconds(60 * 99)));
        assertThat(kept.get(0).runs()).isEqualTo(DurationBuckets.of(1));
    }

    @Test
    void of_a_clock_that_was_ahead_for_a_while_go_back_to_the_right_minutes() {
        completed("a", NOON.plusSeconds(1_800), Duration.ZERO);
        for (int i = 0; i < 150; i++) {
            completed("a", NOON, Duration.ZERO);
        }
        assertThat(counts.unwritten())
                .extracting(JobOutcomes::from, JobOutcomes::jobs)
                .containsExactlyInAnyOrder(
                        tuple(NOON.plusSeconds(1_800), 1L), tuple(NOON.plusSeconds(1_500), 99L), tuple(NOON, 51L));
    }

    @Test
    void that_a_write_may_have_brought_to_the_store_are_not_written_again_when_others_may_have_added_them_up() {
        completed("sent", NOON, Duration.ZERO);
        counts.unwritten();
        completed("sent", NOON, Duration.ZERO);
        completed("fresh", NOON, Duration.ZERO);
        counts.forgetSent();
        assertThat(counts.unwritten()).extracting(JobOutcomes::type).containsExactly("fresh");
    }

    @Test
    void are_not_kept_for_a_store_that_does_not_want_them() {
        completed("a", NOON, Duration.ZERO);
        counts.off();
        completed("a", NOON, Duration.ZERO);
        assertThat(counts.unwritten()).isEmpty();
    }
}
