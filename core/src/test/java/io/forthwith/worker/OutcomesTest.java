package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.rules.FailureSum;
import io.forthwith.worker.internal.report.OutcomeCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
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

    private List<JobOutcomes> attempts() {
        return piece().attempts();
    }

    private OutcomeCounts.Piece piece() {
        return Objects.requireNonNull(counts.toWrite());
    }

    @Test
    void belong_to_the_minute_in_which_the_attempt_ended_by_the_clock_of_the_store() {
        completed("a", NOON, Duration.ofMillis(59_999));
        completed("a", NOON, Duration.ofMinutes(1));
        completed("a", NOON.plusSeconds(61), Duration.ZERO);

        assertThat(attempts())
                .extracting(JobOutcomes::from, JobOutcomes::jobs)
                .containsExactlyInAnyOrder(tuple(NOON, 1L), tuple(NOON.plusSeconds(60), 2L));
        assertThat(attempts().get(0).waits().quantile(1)).isEqualTo(Duration.ofMillis(1_024));
    }

    @Test
    void are_the_same_piece_until_the_store_has_confirmed_it_and_then_only_what_came_since() {
        completed("a", NOON, Duration.ZERO);
        OutcomeCounts.Piece first = piece();
        completed("a", NOON, Duration.ZERO);
        completed("a", NOON, Duration.ZERO);
        assertThat(piece()).isEqualTo(first);
        counts.forgetSent();

        assertThat(piece().id()).isNotEqualTo(first.id());
        assertThat(attempts()).extracting(JobOutcomes::jobs).containsExactly(2L);
        counts.forgetSent();
        assertThat(counts.toWrite()).isNull();
    }

    @Test
    void tell_at_most_five_hundred_apart_in_a_minute() {
        for (int i = 0; i < 2_000; i++) {
            completed("type" + i, NOON, Duration.ZERO);
        }
        List<JobOutcomes> all = attempts();
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
        List<JobOutcomes> kept = attempts();
        assertThat(kept).hasSizeBetween(19_000, 20_000);
        assertThat(kept).noneMatch(each -> each.from().equals(NOON));
        assertThat(kept).anyMatch(each -> each.from().equals(NOON.plusSeconds(60 * 99)));
        assertThat(kept.get(0).runs()).isEqualTo(DurationBuckets.of(1));
    }

    @Test
    void
            that_a_write_may_have_brought_to_the_store_are_not_written_again_when_the_store_may_have_forgotten_the_write() {
        completed("sent", NOON, Duration.ZERO);
        counts.toWrite();
        completed("fresh", NOON, Duration.ZERO);
        counts.forgetSent();
        assertThat(attempts()).extracting(JobOutcomes::type).containsExactly("fresh");
    }

    @Test
    void say_why_attempts_failed_with_how_many_and_one_of_the_jobs() {
        for (int i = 0; i < 300; i++) {
            Job job = job("pay", NOON.minusSeconds(1), NOON);
            counts.failed(
                    job,
                    i < 298 ? Outcome.RETRIED : Outcome.FAILED,
                    Duration.ofSeconds(2),
                    JobError.retryable("http_503", "Bank " + i + " is away"));
        }
        counts.failed(
                job("pay", NOON, NOON),
                Outcome.FAILED,
                Duration.ofSeconds(61),
                JobError.user("no_money", "Not enough"));

        assertThat(attempts())
                .extracting(JobOutcomes::outcome, JobOutcomes::jobs)
                .containsExactlyInAnyOrder(
                        tuple(Outcome.RETRIED, 298L), tuple(Outcome.FAILED, 2L), tuple(Outcome.FAILED, 1L));
        assertThat(piece().failures())
                .extracting(JobFailures::code, JobFailures::message, JobFailures::attempts, JobFailures::jobs)
                .containsExactlyInAnyOrder(
                        tuple("http_503", "Bank # is away", 300L, 2L), tuple("no_money", "Not enough", 1L, 1L));
        assertThat(piece().failures()).allSatisfy(each -> {
            assertThat(each.sampleId()).isEqualTo(new UUID(0, 1));
            assertThat(each.type()).isEqualTo("pay");
        });
    }

    @Test
    void of_failures_tell_the_fifty_with_most_attempts_apart_in_a_minute() {
        for (int i = 0; i < 5_000; i++) {
            String words = "a".repeat(1 + i / 70) + "b".repeat(1 + i % 70);
            counts.failed(
                    job("pay", NOON, NOON),
                    Outcome.FAILED,
                    Duration.ZERO,
                    JobError.user("refused", "Refused " + words));
        }
        List<JobFailures> all = piece().failures();
        assertThat(all).hasSize(FailureSum.MOST + 1);
        assertThat(all.stream().mapToLong(JobFailures::attempts).sum()).isEqualTo(5_000);
        assertThat(all).extracting(JobFailures::fingerprint).contains(JobFailures.OTHER);
    }

    @Test
    void are_not_kept_for_a_store_that_does_not_want_them() {
        completed("a", NOON, Duration.ZERO);
        counts.off();
        completed("a", NOON, Duration.ZERO);
        assertThat(counts.toWrite()).isNull();
    }
}
