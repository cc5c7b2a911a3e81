package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Claim;
import io.forthwith.store.Settled;
import io.forthwith.store.Settlement;
import io.forthwith.store.StepName;
import io.forthwith.store.kit.fixture.JsonValues;
import io.forthwith.store.kit.fixture.StoreFixture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

public abstract class JsonValuesContract {
    public abstract StoreFixture fixture();

    @Test
    @DisplayName("what the codec writes comes back equal: as an input, as a result, as the result of a step")
    void accepted() {
        for (Object value : JsonValues.accepted()) {
            String shown = JsonValues.shown(value);
            NewJob added = NewJob.of(StoreFixture.TYPE, value);
            fixture().add(added);
            assertThat(JsonValues.isSame(value, fixture().find(added).input()))
                    .as("input %s", shown)
                    .isTrue();

            Job job = fixture().claimed(added.id());
            String json = JobCodec.standard().write(value);
            StepName step = new StepName("value", "");
            fixture().begin(job, step);
            assertThat(fixture().finish(job, step, json)).as("step %s", shown).isEqualTo(Settled.APPLIED);
            assertThat(fixture().settle(Settlement.complete(Claim.of(job), json)))
                    .as("result %s", shown)
                    .isEqualTo(Settled.APPLIED);
            assertThat(JsonValues.isSame(value, fixture().steps(job).get(0).result()))
                    .as("step %s", shown)
                    .isTrue();
            assertThat(JsonValues.isSame(value, fixture().find(added).result()))
                    .as("result %s", shown)
                    .isTrue();
        }
    }

    @Test
    @DisplayName("what some store could not give back is refused before it reaches any")
    void refused() {
        JobClient jobs = JobClient.of(fixture().store);
        for (Object value : JsonValues.refused()) {
            assertThatThrownBy(() -> jobs.enqueue(NewJob.of(StoreFixture.TYPE, value)))
                    .as(JsonValues.shown(value))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("(?s)The input of job type \\S+ \\(.+\\) (is|has|holds) .+");
        }
    }
}
