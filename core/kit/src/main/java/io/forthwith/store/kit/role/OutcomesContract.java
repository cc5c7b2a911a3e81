package io.forthwith.store.kit.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.Job;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.store.Claim;
import io.forthwith.store.OutcomeStore;
import io.forthwith.store.Retention;
import io.forthwith.store.Settlement;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class OutcomesContract {
    private static final UUID ONE = new UUID(1, 1);
    private static final UUID TWO = new UUID(2, 2);
    /** How many minutes of an hour that is being added up come late. */
    private static final int LATE = 40;

    public abstract StoreFixture fixture();

    @BeforeEach
    void hasOutcomes() {
        assumeTrue(fixture().store.outcomes().isPresent(), "this store does not count outcomes");
    }

    private OutcomeStore outcomes() {
        return fixture().store.outcomes().orElseThrow();
    }

    /** A minute of the store's own clock. */
    private Instant minuteAgo(Duration ago) {
        Job job = fixture().find(fixture().added());
        return job.createdAt().minus(ago).truncatedTo(ChronoUnit.MINUTES);
    }

    private static JobOutcomes minute(Instant from, String type, Outcome outcome, long... runs) {
        DurationBuckets buckets = DurationBuckets.of(runs);
        return new JobOutcomes(
                from, JobOutcomes.MINUTE, "default", type, outcome, buckets.total(), DurationBuckets.of(0, 1), buckets);
    }

    private List<JobOutcomes> all(Instant from) {
        return outcomes().read(from, from.plus(Duration.ofDays(100)));
    }

    @Test
    @DisplayName("what workers have counted comes back added up, by time, queue, type and outcome")
    void sums() {
        Instant first = minuteAgo(Duration.ofMinutes(5));
        Instant second = first.plus(JobOutcomes.MINUTE);
        outcomes()
                .record(
                        ONE,
                        List.of(
                                minute(second, "a", Outcome.COMPLETED, 0, 0, 3),
                                minute(first, "b", Outcome.FAILED, 2),
                                minute(first, "b", Outcome.COMPLETED, 1)));
        outcomes().record(TWO, List.of(minute(first, "b", Outcome.FAILED, 5, 0, 0, 1)));
        outcomes().record(TWO, List.of());

        assertThat(all(first))
                .extracting(JobOutcomes::from, JobOutcomes::type, JobOutcomes::outcome, JobOutcomes::jobs)
                .containsExactly(
                        tuple(first, "b", Outcome.COMPLETED, 1L),
                        tuple(first, "b", Outcome.FAILED, 8L),
                        tuple(second, "a", Outcome.COMPLETED, 3L));
        JobOutcomes failed = all(first).get(1);
        assertThat(failed.runs()).isEqualTo(DurationBuckets.of(7, 0, 0, 1));
        assertThat(failed.waits()).isEqualTo(DurationBuckets.of(0, 2));
        assertThat(failed.span()).isEqualTo(JobOutcomes.MINUTE);
        assertThat(outcomes().read(first, second)).hasSize(2);
        assertThat(outcomes().read(second, second)).isEmpty();
    }

    @Test
    @DisplayName("hours come added up over all queues and types, whether their minutes were added up or not")
    void hours() {
        Instant old = minuteAgo(Duration.ofHours(5)).truncatedTo(ChronoUnit.HOURS);
        Instant last = old.plus(JobOutcomes.HOUR).minus(JobOutcomes.MINUTE);
        Instant young = minuteAgo(Duration.ofMinutes(5));
        outcomes().record(ONE, List.of(minute(old, "a", Outcome.COMPLETED, 2), minute(old, "b", Outcome.FAILED, 1)));
        outcomes()
                .record(TWO, List.of(minute(last, "b", Outcome.COMPLETED, 3), minute(young, "c", Outcome.RETRIED, 4)));

        List<JobOutcomes> before = outcomes().readHours(old, young.plusSeconds(1));
        outcomes().rollUp();
        assertThat(all(old).get(0).span()).isEqualTo(JobOutcomes.HOUR);

        assertThat(outcomes().readHours(old, young.plusSeconds(1))).isEqualTo(before);
        assertThat(before)
                .containsExactly(
                        hour(old, Outcome.COMPLETED, 5, 2),
                        hour(old, Outcome.FAILED, 1, 1),
                        hour(young.truncatedTo(ChronoUnit.HOURS), Outcome.RETRIED, 4, 1));
        assertThat(outcomes().readHours(old, old)).isEmpty();
        assertThat(outcomes().readHours(old.plusSeconds(1), young)).isEmpty();
        JobOutcomes absurd = new JobOutcomes(
                young,
                JobOutcomes.MINUTE,
                "default",
                "c",
                Outcome.RETRIED,
                Long.MAX_VALUE,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
        outcomes().record(ONE, List.of(absurd));
        assertThat(outcomes().readHours(young, young.plusSeconds(1)))
                .as("a sum that no number holds")
                .hasSize(1);
    }

    /** An hour over all queues and types, of so many rows. */
    private static JobOutcomes hour(Instant from, Outcome outcome, long jobs, long rows) {
        return new JobOutcomes(
                from,
                JobOutcomes.HOUR,
                JobOutcomes.OTHER,
                JobOutcomes.OTHER,
                outcome,
                jobs,
                DurationBuckets.of(0, rows),
                DurationBuckets.NONE);
    }

    @Test
    @DisplayName("a worker that writes a minute again replaces what it has written before, and no other row")
    void absolute() {
        Instant at = minuteAgo(Duration.ofMinutes(1));
        outcomes().record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 2), minute(at, "b", Outcome.COMPLETED, 1)));
        outcomes().record(TWO, List.of(minute(at, "a", Outcome.COMPLETED, 10)));
        outcomes().record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 5)));
        outcomes().record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 5)));

        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly(15L, 1L);
    }

    @Test
    @DisplayName("hours that are over for an hour and more are added up once, and younger minutes stay")
    void rollsUp() {
        Instant old = minuteAgo(Duration.ofHours(5)).truncatedTo(ChronoUnit.HOURS);
        Instant young = minuteAgo(Duration.ofMinutes(30));
        for (int i = 0; i < 60; i += 10) {
            Instant at = old.plus(Duration.ofMinutes(i));
            outcomes()
                    .record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 1, 1), minute(at, "b", Outcome.FAILED, 1)));
            outcomes().record(TWO, List.of(minute(at, "a", Outcome.COMPLETED, 0, 0, 3)));
        }
        outcomes().record(ONE, List.of(minute(old.minus(JobOutcomes.MINUTE), "a", Outcome.COMPLETED, 4)));
        outcomes().record(ONE, List.of(minute(young, "a", Outcome.COMPLETED, 9)));
        Instant before = old.minus(JobOutcomes.HOUR);

        assertThat(outcomes().rollUp()).isEqualTo(16);
        List<JobOutcomes> once = all(before);
        assertThat(outcomes().rollUp()).isZero();

        assertThat(all(before)).isEqualTo(once);
        assertThat(once)
                .extracting(JobOutcomes::from, JobOutcomes::span, JobOutcomes::type, JobOutcomes::jobs)
                .containsExactly(
                        tuple(before, JobOutcomes.HOUR, "a", 4L),
                        tuple(old, JobOutcomes.HOUR, "a", 30L),
                        tuple(old, JobOutcomes.HOUR, "b", 6L),
                        tuple(young, JobOutcomes.MINUTE, "a", 9L));
        assertThat(once.get(1).runs()).isEqualTo(DurationBuckets.of(6, 6, 18));

        outcomes().record(TWO, List.of(minute(old.plusSeconds(60), "a", Outcome.COMPLETED, 100)));
        outcomes().rollUp();
        assertThat(all(before).get(1).jobs()).as("a minute that comes late").isEqualTo(130);
    }

    @Test
    @DisplayName(
            "workers that add up at the same moment, while minutes come late, count nothing twice and lose nothing")
    void rollsUpTogether() throws Exception {
        Instant old = minuteAgo(Duration.ofHours(9)).truncatedTo(ChronoUnit.HOURS);
        long sum = 0;
        for (int i = 0; i < 5; i++) {
            Instant at = old.plus(JobOutcomes.HOUR.multipliedBy(i)).plusSeconds(60L * i);
            outcomes().record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 1 + i)));
            sum += 1 + i;
        }
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                all.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < LATE; i++) {
                        outcomes().rollUp();
                    }
                    return true;
                }));
            }
            all.add(threads.submit(() -> {
                start.await();
                for (int i = 0; i < LATE; i++) {
                    outcomes().record(TWO, List.of(minute(old.plusSeconds(60L * i), "a", Outcome.COMPLETED, 1)));
                }
                return true;
            }));
            start.countDown();
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        outcomes().rollUp();
        assertThat(all(old)).hasSize(5).allMatch(each -> each.span().equals(JobOutcomes.HOUR));
        assertThat(all(old).stream().mapToLong(JobOutcomes::jobs).sum()).isEqualTo(sum + LATE);
    }

    @Test
    @DisplayName("hours are deleted after thirty days")
    void deletes() {
        Instant old = minuteAgo(OutcomeStore.HOURS_KEPT.plusHours(2));
        Instant kept = minuteAgo(OutcomeStore.HOURS_KEPT.minusHours(2));
        outcomes()
                .record(ONE, List.of(minute(old, "a", Outcome.COMPLETED, 1), minute(kept, "a", Outcome.COMPLETED, 1)));
        outcomes().rollUp();
        assertThat(all(old))
                .extracting(each -> each.from().truncatedTo(ChronoUnit.HOURS))
                .containsExactly(kept.truncatedTo(ChronoUnit.HOURS));
    }

    @Test
    @DisplayName("what was counted stays when jobs are purged, or deleted as they complete")
    void survives() {
        Instant at = minuteAgo(Duration.ofMinutes(1));
        outcomes().record(ONE, List.of(minute(at, "a", Outcome.COMPLETED, 7)));
        Job job = fixture().claimed();
        fixture().settle(Settlement.completeAndDelete(Claim.of(job), null));
        fixture().age(Duration.ofDays(1));
        fixture().store.purge(new Retention(Duration.ZERO, Duration.ZERO), 100);
        assertThat(outcomes().read(at, at.plusSeconds(1)))
                .extracting(JobOutcomes::jobs)
                .containsExactly(7L);
    }
}
