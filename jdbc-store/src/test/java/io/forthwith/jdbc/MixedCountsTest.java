package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.OutcomeStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Counts of workers of the version before, beside those of this version,")
class MixedCountsTest {
    private static final UUID OLD = UUID.fromString("0198c0de-0000-7000-8000-000000000001");

    private static JobOutcomes counted(Instant minute, long jobs) {
        return ReadModelFactory.jobOutcomes(
                minute,
                JobOutcomes.MINUTE,
                "default",
                "mail",
                JobOutcomes.Outcome.COMPLETED,
                jobs,
                DurationBuckets.of(jobs),
                DurationBuckets.of(jobs));
    }

    /** As a worker of the version before does: the whole number so far, in place of what it has written. */
    private static void writeWhole(TestDatabase kind, DataSource database, Instant minute, long jobs) {
        String at = kind.utc(minute.toString().replace('T', ' ').replace("Z", ".000"));
        Sql.run(database, "DELETE FROM job_minute WHERE worker_id = '" + OLD + "' AND minute_at = " + at);
        Sql.run(
                database,
                "INSERT INTO job_minute (minute_at, worker_id, queue, type, outcome, jobs, waits, runs) VALUES (" + at
                        + ", '" + OLD + "', 'default', 'mail', 'completed', " + jobs + ", '" + jobs + "', '" + jobs
                        + "')");
    }

    private static long jobs(OutcomeStore outcomes, Instant from, Duration span) {
        return outcomes.read(from, from.plus(span)).stream()
                .mapToLong(JobOutcomes::jobs)
                .sum();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are not added up while they may be written again, and each attempt is counted once")
    void minutes(TestDatabase kind) {
        DataSource database = kind.migrated();
        OutcomeStore outcomes = JdbcJobStore.of(database).outcomes().orElseThrow();
        Instant minute = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(2));
        writeWhole(kind, database, minute, 5);
        outcomes.record(UUID.randomUUID(), List.of(counted(minute, 100)), List.of());
        outcomes.record(UUID.randomUUID(), List.of(counted(minute, 1_000)), List.of());

        assertThat(outcomes.rollUp()).isEqualTo(1);
        writeWhole(kind, database, minute, 7);
        assertThat(outcomes.rollUp()).isZero();

        assertThat(jobs(outcomes, minute, JobOutcomes.MINUTE)).isEqualTo(1_107);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that come half an hour late are added up before their hour, by one of ten looks")
    void late(TestDatabase kind) {
        OutcomeStore outcomes = JdbcJobStore.of(kind.migrated()).outcomes().orElseThrow();
        Instant minute = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(30));
        assertThat(outcomes.rollUp()).isZero();
        outcomes.record(UUID.randomUUID(), List.of(counted(minute, 100)), List.of());
        outcomes.record(UUID.randomUUID(), List.of(counted(minute, 1_000)), List.of());

        assertThat(IntStream.range(0, 10).map(look -> outcomes.rollUp()).sum()).isEqualTo(1);

        assertThat(jobs(outcomes, minute, JobOutcomes.MINUTE)).isEqualTo(1_100);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are added up with their hour")
    void hours(TestDatabase kind) {
        DataSource database = kind.migrated();
        OutcomeStore outcomes = JdbcJobStore.of(database).outcomes().orElseThrow();
        Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(5));
        writeWhole(kind, database, hour.plusSeconds(60), 5);
        outcomes.record(UUID.randomUUID(), List.of(counted(hour.plusSeconds(60), 100)), List.of());
        outcomes.rollUp();

        assertThat(outcomes.read(hour, hour.plus(JobOutcomes.HOUR)))
                .singleElement()
                .satisfies(sum -> {
                    assertThat(sum.jobs()).isEqualTo(105);
                    assertThat(sum.span()).isEqualTo(JobOutcomes.HOUR);
                });
    }
}
