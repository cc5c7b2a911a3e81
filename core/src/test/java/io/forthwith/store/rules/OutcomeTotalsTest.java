package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.insight.DurationBuckets;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.store.ReadModelFactory;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutcomeTotalsTest {
    private static final Instant NOON = Instant.parse("2026-05-04T12:00:00Z");

    private static DurationBuckets read(String... texts) {
        OutcomeTotals sum = OutcomeTotals.ofWorkers();
        for (String text : texts) {
            sum.add(NOON, JobOutcomes.MINUTE, "q", "t", Outcome.COMPLETED, 1, "", text);
        }
        return sum.all().get(0).runs();
    }

    @Test
    void text_is_read_as_it_was_written() {
        for (DurationBuckets buckets :
                List.of(DurationBuckets.NONE, DurationBuckets.of(7), DurationBuckets.of(0, 0, 12, 0, 345))) {
            assertThat(read(buckets.toString())).isEqualTo(buckets);
            assertThat(read(buckets.toString(), buckets.toString())).isEqualTo(buckets.plus(buckets));
        }
    }

    @Test
    void what_somebody_else_has_written_is_read_up_to_what_is_no_number() {
        assertThat(read("", "x", "-1", "0,y,9", "5.5")).isEqualTo(DurationBuckets.of(5));
        assertThat(read("1,".repeat(40)).total()).isEqualTo(DurationBuckets.SIZE);
        assertThat(read("9".repeat(30)).total()).isPositive();
    }

    @Test
    void texts_of_several_rows_are_added_up_each_up_to_what_is_no_number() {
        OutcomeTotals sum = OutcomeTotals.ofHours();
        sum.addAll(NOON.plusSeconds(60), Outcome.COMPLETED, 7, "1,2;;0,3,4;x,9;5,y,9");
        sum.addAll(NOON.plusSeconds(120), Outcome.COMPLETED, 1, "1");
        assertThat(sum.all())
                .containsExactly(ReadModelFactory.jobOutcomes(
                        NOON,
                        JobOutcomes.HOUR,
                        JobOutcomes.OTHER,
                        JobOutcomes.OTHER,
                        Outcome.COMPLETED,
                        8,
                        DurationBuckets.of(7, 5, 4),
                        DurationBuckets.NONE));
    }

    @Test
    void an_hour_tells_two_thousand_apart() {
        OutcomeTotals hour = OutcomeTotals.ofHours();
        for (int i = 0; i < 3_000; i++) {
            hour.add(NOON.plusSeconds(60L * (i % 60)), JobOutcomes.MINUTE, "q", "t" + i, Outcome.FAILED, 1, "1", "1");
        }
        List<JobOutcomes> all = hour.all();
        assertThat(all).hasSize(2_001).allMatch(each -> each.from().equals(NOON));
        assertThat(all.stream().filter(each -> each.type().equals(JobOutcomes.OTHER)))
                .singleElement()
                .satisfies(other -> assertThat(other.jobs()).isEqualTo(1_000));
    }
}
