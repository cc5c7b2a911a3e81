package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.limit.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A batch of jobs under a limit")
class LimitedBatchesTest extends BatchScene {
    @Test
    @DisplayName("has no more jobs of a key than may run at a time, with those of other keys, and the others follow")
    void permits() {
        fixture.memory.limits().orElseThrow().put(Limit.of("tenant").concurrency(3));
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(fixture.jobs
                    .enqueue(NewJob.of(MAIL, i).limit("tenant", "t" + i % 2))
                    .id());
        }

        for (int round = 0; round < 10; round++) {
            fixture.runDue();
        }

        assertThat(calls).allSatisfy(inputs -> {
            assertThat(inputs).filteredOn(input -> input % 2 == 0).hasSizeLessThanOrEqualTo(3);
            assertThat(inputs).filteredOn(input -> input % 2 == 1).hasSizeLessThanOrEqualTo(3);
        });
        assertThat(calls.get(0)).hasSize(6);
        assertThat(ids).allSatisfy(id -> assertThat(fixture.job(id).status()).isEqualTo(JobStatus.COMPLETED));
    }
}
