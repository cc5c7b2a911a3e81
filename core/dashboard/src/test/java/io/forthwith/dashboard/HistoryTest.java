package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.dashboard.internal.data.History;
import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("How attempts ended in the last days")
class HistoryTest {
    private static final Instant NOW = Instant.parse("2026-03-04T10:30:00Z");
    private static final Instant TODAY = Instant.parse("2026-03-04T10:20:00Z");
    private static final Instant TWO_DAYS_AGO = Instant.parse("2026-03-02T10:20:00Z");
    private static final Duration WEEK = Duration.ofDays(7);

    private final InMemoryJobStore store = new InMemoryJobStore(new HandClock(NOW), new Random(1));

    private List<JobOutcomes> read(History history, Instant now) {
        return history.read(store.outcomes().orElseThrow(), History.days(now.minus(WEEK), now), now);
    }

    private void ended(Instant minute, String type, Outcome outcome, long number) {
        store.outcomes()
                .orElseThrow()
                .record(
                        UUID.randomUUID(),
                        List.of(ReadModelFactory.jobOutcomes(
                                minute,
                                JobOutcomes.MINUTE,
                                "default",
                                type,
                                outcome,
                                number,
                                DurationBuckets.of(number),
                                DurationBuckets.of(number))),
                        List.of());
    }

    private static long number(List<JobOutcomes> all, Instant from, Outcome outcome) {
        return all.stream()
                .filter(each -> each.from().equals(from) && each.outcome() == outcome)
                .mapToLong(each -> {
                    assertThat(each.waits().total()).isEqualTo(each.jobs());
                    return each.jobs();
                })
                .sum();
    }

    @Test
    @DisplayName("is added up by hours, over all types")
    void summed() {
        ended(TWO_DAYS_AGO, "mail", Outcome.COMPLETED, 2);
        ended(TWO_DAYS_AGO, "film", Outcome.COMPLETED, 3);
        ended(TWO_DAYS_AGO.plusSeconds(60), "film", Outcome.COMPLETED, 4);
        ended(TWO_DAYS_AGO, "film", Outcome.FAILED, 5);
        ended(NOW.minus(Duration.ofDays(9)), "film", Outcome.FAILED, 6);

        List<JobOutcomes> all = read(new History(), NOW);

        Instant hour = Instant.parse("2026-03-02T10:00:00Z");
        assertThat(all).hasSize(2);
        assertThat(number(all, hour, Outcome.COMPLETED)).isEqualTo(9);
        assertThat(number(all, hour, Outcome.FAILED)).isEqualTo(5);
    }

    @Test
    @DisplayName("is read once for each day that is long over, and anew for the others")
    void remembered() {
        History history = new History();
        ended(TWO_DAYS_AGO, "mail", Outcome.COMPLETED, 2);
        ended(TODAY, "mail", Outcome.COMPLETED, 1);
        read(history, NOW);
        ended(TWO_DAYS_AGO, "mail", Outcome.COMPLETED, 20);
        ended(TODAY, "mail", Outcome.COMPLETED, 10);

        List<JobOutcomes> all = read(history, NOW);

        assertThat(number(all, Instant.parse("2026-03-02T10:00:00Z"), Outcome.COMPLETED))
                .isEqualTo(2);
        assertThat(number(all, Instant.parse("2026-03-04T10:00:00Z"), Outcome.COMPLETED))
                .isEqualTo(11);
        Instant muchLater = NOW.plus(Duration.ofDays(40));
        assertThat(read(history, muchLater)).isEmpty();
        assertThat(number(read(history, NOW), Instant.parse("2026-03-02T10:00:00Z"), Outcome.COMPLETED))
                .isEqualTo(22);
    }
}
