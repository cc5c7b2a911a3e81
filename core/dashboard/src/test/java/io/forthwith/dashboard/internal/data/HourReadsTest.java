package io.forthwith.dashboard.internal.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.OutcomeStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("How attempts ended in the last hour")
class HourReadsTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:30:20Z");
    private static final Instant OLD = Instant.parse("2026-03-04T10:00:00Z");
    private static final Instant NEW = Instant.parse("2026-03-04T10:29:00Z");

    private final OutcomeStore outcomes = new InMemoryJobStore().outcomes().orElseThrow();
    private final HourReads hours = new HourReads();

    private void ended(Instant minute, long number) {
        outcomes.record(
                UUID.randomUUID(),
                List.of(ReadModelFactory.jobOutcomes(
                        minute,
                        JobOutcomes.MINUTE,
                        "default",
                        "mail",
                        Outcome.COMPLETED,
                        number,
                        DurationBuckets.of(number),
                        DurationBuckets.of(number))),
                List.of());
    }

    private List<Long> read(Instant now) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60);
        return hours.read(outcomes, to.minus(Duration.ofMinutes(61)), to, now).stream()
                .map(JobOutcomes::jobs)
                .toList();
    }

    @Test
    @DisplayName("is read anew for the last minutes, and once a minute for those before")
    void remembered() {
        ended(OLD, 1);
        ended(NEW, 2);
        assertThat(read(NOW)).containsExactly(1L, 2L);

        ended(OLD, 10);
        ended(NEW, 20);
        assertThat(read(NOW.plusSeconds(45))).containsExactly(1L, 22L);
        assertThat(read(NOW.minusSeconds(15))).containsExactly(1L, 22L);
        assertThat(read(NOW.plusSeconds(60))).containsExactly(11L, 22L);
    }

    @Test
    @DisplayName("goes on minute by minute: those that are over an hour old are left out")
    void later() {
        ended(NOW.truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofHours(1)), 1);
        ended(OLD, 2);
        assertThat(read(NOW)).containsExactly(1L, 2L);
        assertThat(read(NOW.plusSeconds(45))).containsExactly(2L);
    }

    @Test
    @DisplayName("is read as a whole for a time before the one that is remembered")
    void earlier() {
        read(NOW);
        ended(NOW.truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(61)), 1);
        assertThat(read(NOW.minusSeconds(45))).containsExactly(1L);
    }
}
