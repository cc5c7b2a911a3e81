package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.QueueState;
import io.forthwith.store.Claim;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.rules.FailureFingerprint;
import io.forthwith.store.rules.FailureSum;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class OutcomesContract {
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

    /** Writes counts that were not written before. */
    private void record(JobOutcomes... counted) {
        outcomes().record(UUID.randomUUID(), List.of(counted), List.of());
    }

    /** A minute of the store's own clock. */
    private Instant minuteAgo(Duration ago) {
        Job job = fixture().find(fixture().added());
        return job.createdAt().minus(ago).truncatedTo(ChronoUnit.MINUTES);
    }

    private static JobOutcomes minute(Instant from, String type, Outcome outcome, long... runs) {
        DurationBuckets buckets = DurationBuckets.of(runs);
        return ReadModelFactory.jobOutcomes(
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
        record(
                minute(second, "a", Outcome.COMPLETED, 0, 0, 3),
                minute(first, "b", Outcome.FAILED, 2),
                minute(first, "b", Outcome.COMPLETED, 1));
        record(minute(first, "b", Outcome.FAILED, 5, 0, 0, 1));
        outcomes().record(UUID.randomUUID(), List.of(), List.of());

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
        record(minute(old, "a", Outcome.COMPLETED, 2), minute(old, "b", Outcome.FAILED, 1));
        record(minute(last, "b", Outcome.COMPLETED, 3), minute(young, "c", Outcome.RETRIED, 4));

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
        JobOutcomes absurd = ReadModelFactory.jobOutcomes(
                young,
                JobOutcomes.MINUTE,
                "default",
                "c",
                Outcome.RETRIED,
                Long.MAX_VALUE,
                DurationBuckets.NONE,
                DurationBuckets.NONE);
        record(absurd);
        assertThat(outcomes().readHours(young, young.plusSeconds(1)))
                .as("a sum that no number holds")
                .hasSize(1);
    }

    /** An hour over all queues and types, of so many rows. */
    private static JobOutcomes hour(Instant from, Outcome outcome, long jobs, long rows) {
        return ReadModelFactory.jobOutcomes(
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
    @DisplayName("a write that is repeated changes nothing, also when its counts were added up meanwhile")
    void repeated() {
        Instant at = minuteAgo(Duration.ofMinutes(2));
        UUID write = UUID.randomUUID();
        List<JobOutcomes> counted = List.of(minute(at, "a", Outcome.COMPLETED, 2), minute(at, "b", Outcome.FAILED, 1));
        List<JobFailures> failed = List.of(failures("fp", at, 1, 1));
        outcomes().record(write, counted, failed);
        outcomes().record(write, counted, failed);
        record(minute(at, "a", Outcome.COMPLETED, 10));
        outcomes().record(write, counted, failed);
        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly(12L, 1L);

        outcomes().rollUp();
        outcomes().record(write, counted, failed);

        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly(12L, 1L);
        assertThat(outcomes().failures(at, at.plusSeconds(1)))
                .extracting(JobFailures::attempts)
                .containsExactly(1L);
    }

    @Test
    @DisplayName("a write that several threads repeat at the same moment, while others add up, is counted once")
    void repeatedTogether() throws Exception {
        Instant at = minuteAgo(Duration.ofMinutes(2));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < LATE; i++) {
                UUID write = UUID.randomUUID();
                JobOutcomes one = minute(at, "a", Outcome.COMPLETED, 1);
                JobFailures failed = failures("fp", at, 1, 0);
                List<Future<?>> all = new ArrayList<>();
                for (int thread = 0; thread < 3; thread++) {
                    all.add(threads.submit(() -> recordAtLast(write, one, failed)));
                }
                all.add(threads.submit(() -> outcomes().rollUp()));
                for (Future<?> each : all) {
                    each.get();
                }
                assertThat(all(at))
                        .as("after write %d", i)
                        .extracting(JobOutcomes::jobs)
                        .containsExactly(i + 1L);
            }
        } finally {
            threads.shutdown();
        }
        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly((long) LATE);
        assertThat(outcomes().failures(at, at.plusSeconds(1)))
                .extracting(JobFailures::attempts)
                .containsExactly((long) LATE);
    }

    /** A store may refuse to wait for the first of several calls. */
    private void recordAtLast(UUID write, JobOutcomes counted, JobFailures failed) {
        boolean isDone = false;
        while (!isDone) {
            try {
                outcomes().record(write, List.of(counted), List.of(failed));
                isDone = true;
            } catch (JobStoreException locked) {
                assertThat(locked.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT);
            }
        }
    }

    @Test
    @DisplayName(
            "minutes that are over are added up over all workers and stay minutes; what comes late is added to them")
    void addsUpMinutes() {
        Instant at = minuteAgo(Duration.ofMinutes(2));
        for (int worker = 0; worker < 5; worker++) {
            record(minute(at, "a", Outcome.COMPLETED, 0, 2), minute(at, "b", Outcome.RETRIED, 1));
        }
        List<JobOutcomes> before = all(at);

        assertThat(outcomes().rollUp()).isEqualTo(8);
        assertThat(all(at)).isEqualTo(before).hasSize(2);
        assertThat(before.get(0).span()).isEqualTo(JobOutcomes.MINUTE);
        assertThat(outcomes().rollUp()).isZero();

        record(minute(at, "a", Outcome.COMPLETED, 7));
        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly(17L, 5L);
        outcomes().rollUp();
        assertThat(all(at)).extracting(JobOutcomes::jobs).containsExactly(17L, 5L);
        assertThat(all(at).get(0).runs()).isEqualTo(DurationBuckets.of(7, 10));
    }

    @Test
    @DisplayName("of all workers that ask in one minute, one has the turn")
    void turns() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        int taken = 0;
        int tries = 0;
        Instant begin = minuteAgo(Duration.ZERO);
        try {
            List<Future<Boolean>> all = new ArrayList<>();
            for (; tries < 40; tries++) {
                all.add(threads.submit(() -> outcomes().takeTurn()));
            }
            for (Future<Boolean> each : all) {
                taken += each.get() ? 1 : 0;
            }
        } finally {
            threads.shutdown();
        }
        long minutes = Duration.between(begin, minuteAgo(Duration.ZERO)).toMinutes();
        assertThat(taken).isBetween(1, 1 + (int) minutes);
    }

    @Test
    @DisplayName("how many jobs wait in each queue is written for the minute, all of them, and kept for two hours")
    void depths() {
        Instant begin = minuteAgo(Duration.ZERO);
        fixture()
                .addAll(IntStream.range(0, QueueState.MOST + 20)
                        .mapToObj(i -> fixture().job().queue("deep"))
                        .toArray(NewJob[]::new));
        assertThat(fixture().store.queues())
                .as("before they were counted for this minute")
                .filteredOn(each -> each.queue().equals("deep"))
                .extracting(QueueState::due)
                .containsExactly(new BoundedCount(QueueState.MOST + 20, true));
        fixture().add(fixture().job().queue("later").delay(Duration.ofHours(1)));
        NewJob parent = fixture().job().queue("family");
        fixture().addAll(parent, fixture().childOf(parent).queue("family"));

        assertThat(outcomes().recordDepths()).isGreaterThanOrEqualTo(QueueState.MOST + 21);
        assertThat(outcomes().recordDepths()).as("again").isGreaterThanOrEqualTo(QueueState.MOST + 21);

        List<QueueDepth> all = outcomes().depths(begin, begin.plus(Duration.ofHours(1)));
        Instant last = all.get(all.size() - 1).at();
        assertThat(all)
                .filteredOn(each -> each.at().equals(last) && !each.queue().equals(NewJob.DEFAULT_QUEUE))
                .extracting(QueueDepth::queue, QueueDepth::due, QueueDepth::scheduled, QueueDepth::waiting)
                .containsExactly(
                        tuple(
                                "deep",
                                new BoundedCount(QueueState.MOST + 20, true),
                                BoundedCount.NONE,
                                BoundedCount.NONE),
                        tuple("family", new BoundedCount(1, true), BoundedCount.NONE, new BoundedCount(1, true)),
                        tuple("later", BoundedCount.NONE, new BoundedCount(1, true), BoundedCount.NONE));
        assertThat(last).isEqualTo(last.truncatedTo(ChronoUnit.MINUTES));
        assertThat(fixture().store.queues())
                .filteredOn(each -> each.queue().equals("deep"))
                .extracting(QueueState::due)
                .containsExactly(new BoundedCount(QueueState.MOST + 20, true));

        assertThat(outcomes().depths(begin.minus(Duration.ofHours(1)), begin)).isEmpty();
    }

    private static JobFailures failures(String fingerprint, Instant at, long attempts, long jobs) {
        return new JobFailures(
                fingerprint,
                "pay",
                "http_503",
                "java.net.ConnectException",
                "Bank # is away",
                attempts,
                jobs,
                new UUID(7, 7),
                at,
                at);
    }

    @Test
    @DisplayName(
            "why attempts failed comes back added up by fingerprint, with a sample and the times of the first and the last one")
    void failures() {
        Instant at = minuteAgo(Duration.ofMinutes(10));
        Instant later = at.plusSeconds(130);
        UUID newest = new UUID(Long.MAX_VALUE, 9);
        JobFailures last = new JobFailures(
                "fp1", "pay", "http_503", "java.net.ConnectException", "Bank # is away", 5, 2, newest, later, later);
        outcomes()
                .record(UUID.randomUUID(), List.of(), List.of(failures("fp1", at, 300, 0), failures("fp2", at, 7, 7)));
        outcomes().record(UUID.randomUUID(), List.of(), List.of(last));

        for (int added = 0; added < 2; added++) {
            List<JobFailures> all = outcomes().failures(at, later);
            assertThat(all)
                    .extracting(JobFailures::fingerprint, JobFailures::attempts, JobFailures::jobs)
                    .containsExactly(tuple("fp1", 305L, 2L), tuple("fp2", 7L, 7L));
            JobFailures first = all.get(0);
            assertThat(first.type()).isEqualTo("pay");
            assertThat(first.code()).isEqualTo("http_503");
            assertThat(first.exceptionClass()).isEqualTo("java.net.ConnectException");
            assertThat(first.message()).isEqualTo("Bank # is away");
            assertThat(first.sampleId()).isEqualTo(newest);
            assertThat(first.firstAt()).isEqualTo(at);
            assertThat(first.lastAt()).isEqualTo(later);
            assertThat(outcomes().failures(at.plusSeconds(60), later))
                    .as("first seen before the time that is asked for")
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.attempts()).isEqualTo(5);
                        assertThat(each.firstAt()).isEqualTo(at);
                    });
            assertThat(outcomes().failures(at, at)).isEmpty();
            outcomes().rollUp();
        }
    }

    @Test
    @DisplayName("of each minute the fifty failures with most attempts are told apart, and nothing is lost")
    void manyFailures() {
        Instant at = minuteAgo(Duration.ofMinutes(5));
        List<JobFailures> failed = new ArrayList<>();
        for (int i = 1; i <= 49; i++) {
            failed.add(failures("fp" + i, at, i, 1));
        }
        outcomes().record(UUID.randomUUID(), List.of(minute(at, "pay", Outcome.FAILED, 49)), failed);
        List<JobFailures> others = new ArrayList<>();
        for (int i = 50; i <= 99; i++) {
            others.add(failures("fp" + i, at, i, 1));
        }
        outcomes().record(UUID.randomUUID(), List.of(minute(at, "pay", Outcome.FAILED, 50)), others);
        outcomes().rollUp();

        List<JobFailures> all = outcomes().failures(at, at.plusSeconds(1));
        assertThat(all.stream().mapToLong(JobFailures::attempts).sum()).isEqualTo(99 * 100 / 2);
        assertThat(all.stream().mapToLong(JobFailures::jobs).sum()).isEqualTo(99);
        assertThat(all).hasSize(FailureSum.MOST + 1);
        assertThat(all.get(0).fingerprint()).isEqualTo(JobFailures.OTHER);
        assertThat(all.get(1).fingerprint()).isEqualTo("fp99");
    }

    @Test
    @DisplayName("failures are added up to hours with the attempts, and deleted with them")
    void failuresOfHours() {
        Instant old = minuteAgo(Duration.ofHours(5)).truncatedTo(ChronoUnit.HOURS);
        Instant gone = minuteAgo(OutcomeStore.HOURS_KEPT.plusHours(2));
        for (int i = 0; i < 50; i += 10) {
            Instant at = old.plusSeconds(60L * i);
            outcomes()
                    .record(
                            UUID.randomUUID(),
                            List.of(minute(at, "pay", Outcome.FAILED, 2)),
                            List.of(failures("fp", at, 2, 1)));
        }
        outcomes()
                .record(
                        UUID.randomUUID(),
                        List.of(minute(gone, "pay", Outcome.FAILED, 2)),
                        List.of(failures("fp", gone, 2, 1)));
        outcomes().rollUp();

        assertThat(outcomes().failures(gone.minusSeconds(3_600), old.plusSeconds(1)))
                .singleElement()
                .satisfies(each -> {
                    assertThat(each.attempts()).isEqualTo(10);
                    assertThat(each.jobs()).isEqualTo(5);
                    assertThat(each.firstAt()).isEqualTo(old);
                    assertThat(each.lastAt()).isEqualTo(old.plusSeconds(40 * 60));
                });
    }

    @Test
    @DisplayName("hours that are over for an hour and more are added up once, and younger minutes stay")
    void rollsUp() {
        Instant old = minuteAgo(Duration.ofHours(5)).truncatedTo(ChronoUnit.HOURS);
        Instant young = minuteAgo(Duration.ofMinutes(30));
        for (int i = 0; i < 60; i += 10) {
            Instant at = old.plus(Duration.ofMinutes(i));
            record(minute(at, "a", Outcome.COMPLETED, 1, 1), minute(at, "b", Outcome.FAILED, 1));
            record(minute(at, "a", Outcome.COMPLETED, 0, 0, 3));
        }
        record(minute(old.minus(JobOutcomes.MINUTE), "a", Outcome.COMPLETED, 4));
        record(minute(young, "a", Outcome.COMPLETED, 9));
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

        record(minute(old.plusSeconds(60), "a", Outcome.COMPLETED, 100));
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
            record(minute(at, "a", Outcome.COMPLETED, 1 + i));
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
                    record(minute(old.plusSeconds(60L * i), "a", Outcome.COMPLETED, 1));
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

    private static JobFailures cause(Job job, String message) {
        return FailureFingerprint.of(job.id(), job.type(), JobError.user("no_credits", message), true, job.createdAt());
    }

    @Test
    @DisplayName("failed attempts are listed by their cause, newest first, each with its own message")
    void attemptsOfCause() {
        List<Job> jobs = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            Job job = fixture().claimed();
            fixture().settle(StoreFixture.failure(job, "Order " + i + " was refused"));
            jobs.add(job);
            fixture().age(Duration.ofSeconds(1));
        }
        Job again = fixture().claimed();
        fixture()
                .settle(Settlement.retry(
                        Claim.of(again), JobError.retryable("no_credits", "Order 4 was refused"), Duration.ofHours(1)));
        fixture().age(Duration.ofSeconds(1));
        fixture().settle(StoreFixture.failure(fixture().claimed(), "Order 5 is late"));
        NewJob parent = fixture().job();
        NewJob child = fixture().childOf(parent);
        fixture().addAll(parent, child);
        fixture().settle(StoreFixture.failure(fixture().running(child), "Order 6 was refused"));
        Instant from = again.createdAt().minus(Duration.ofHours(1));
        Instant to = again.createdAt().plus(Duration.ofHours(1));
        JobFailures refused = cause(again, "Order 9 was refused");

        List<FailedAttempt> found = outcomes().attempts(refused, from, to, 100);

        assertThat(found)
                .extracting(FailedAttempt::message)
                .containsExactly(
                        "Order 6 was refused",
                        "Order 4 was refused",
                        "Order 3 was refused",
                        "Order 2 was refused",
                        "Order 1 was refused");
        assertThat(found.get(4))
                .isEqualTo(fixture().store.failures(jobs.get(0).id()).get(0));
        assertThat(outcomes().attempts(refused, from, to, 2)).isEqualTo(found.subList(0, 2));
        assertThat(outcomes()
                        .attempts(refused, found.get(3).failedAt(), found.get(1).failedAt(), 100))
                .isEqualTo(found.subList(2, 4));
        assertThat(outcomes().attempts(cause(again, "Order 9 is late"), from, to, 100))
                .hasSize(1);
        JobFailures otherType = FailureFingerprint.of(
                again.id(), "other_type", JobError.user("no_credits", "Order 9 was refused"), true, from);
        assertThat(outcomes().attempts(otherType, from, to, 100)).isEmpty();
    }

    @Test
    @DisplayName("hours are deleted after thirty days")
    void deletes() {
        Instant old = minuteAgo(OutcomeStore.HOURS_KEPT.plusHours(2));
        Instant kept = minuteAgo(OutcomeStore.HOURS_KEPT.minusHours(2));
        record(minute(old, "a", Outcome.COMPLETED, 1), minute(kept, "a", Outcome.COMPLETED, 1));
        outcomes().rollUp();
        assertThat(all(old))
                .extracting(each -> each.from().truncatedTo(ChronoUnit.HOURS))
                .containsExactly(kept.truncatedTo(ChronoUnit.HOURS));
    }

    @Test
    @DisplayName("what was counted stays when jobs are purged, or deleted as they complete")
    void survives() {
        Instant at = minuteAgo(Duration.ofMinutes(1));
        record(minute(at, "a", Outcome.COMPLETED, 7));
        Job job = fixture().claimed();
        fixture().settle(Settlement.completeAndDelete(Claim.of(job), null));
        fixture().age(Duration.ofDays(1));
        fixture().store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        assertThat(outcomes().read(at, at.plusSeconds(1)))
                .extracting(JobOutcomes::jobs)
                .containsExactly(7L);
    }
}
