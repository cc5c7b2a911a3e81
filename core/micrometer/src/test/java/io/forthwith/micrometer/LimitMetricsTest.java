package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.limit.Limit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Metrics of limits")
class LimitMetricsTest extends MetricsFixture {
    private final AtomicBoolean isAway = new AtomicBoolean();

    private void enqueueOf(JobStore store, String tenant) {
        JobClient.of(store).enqueue(NewJob.of(MAIL).limit("tenant", tenant));
    }

    private static void declare(JobStore store, Limit limit) {
        store.limits().orElseThrow().put(limit);
    }

    @Test
    @DisplayName("count the jobs that wait for all keys of a limit, and name no key")
    void waiting() {
        JobStore store = metrics.observe(memory);
        declare(store, Limit.of("tenant").concurrency(1));
        declare(store, Limit.onType("mail").concurrency(2));
        metrics.sample();
        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isZero();
        enqueueOf(store, "acme");
        enqueueOf(store, "bravo");
        enqueueOf(store, "bravo");

        metrics.sample();

        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(3);
        assertThat(gauge("forthwith.jobs.limited", "limit", "type:mail")).isEqualTo(3);
        assertThat(registry.find("forthwith.jobs.limited").meters())
                .allSatisfy(meter -> assertThat(meter.getId().getTags()).hasSize(1));
    }

    @Test
    @DisplayName("count the jobs of all sequences together, while there are some")
    void sequences() {
        JobStore store = metrics.observe(memory);
        metrics.sample();
        assertThat(registry.find("forthwith.jobs.limited").meters()).isEmpty();
        JobClient client = JobClient.of(store);
        for (String film : List.of("film:42", "film:43", "film:43")) {
            client.enqueue(NewJob.of(MAIL).sequence(film));
        }

        metrics.sample();

        assertThat(gauge("forthwith.jobs.limited", "limit", "sequence")).isEqualTo(3);
    }

    @Test
    @DisplayName(
            "are no number as soon as the last good sample is older than 45 seconds, and failing calls are counted")
    void stale() {
        JobStore store = metrics.observe(away(memory, isAway));
        declare(store, Limit.of("tenant"));
        enqueueOf(store, "acme");
        metrics.sample();
        isAway.set(true);
        clock.add(Duration.ofSeconds(45));
        metrics.sample();
        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(1);
        clock.add(Duration.ofSeconds(1));
        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isNaN();

        isAway.set(false);
        metrics.sample();
        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(1);
        assertThat(get("forthwith.store.call").tags("call", "waiting").timers()).isNotEmpty();
    }

    @Test
    @DisplayName("of two stores are added up, and there are none without a limit")
    void two_stores() {
        JobStore one = metrics.observe(memory);
        JobStore two = metrics.observe(new InMemoryJobStore());
        metrics.sample();
        assertThat(registry.find("forthwith.jobs.limited").meters()).isEmpty();
        for (JobStore each : List.of(one, two)) {
            declare(each, Limit.of("tenant"));
            enqueueOf(each, "acme");
        }

        metrics.sample();

        assertThat(gauge("forthwith.jobs.limited", "limit", "tenant")).isEqualTo(2);
    }

    @Test
    @DisplayName("are bounded, however many limits are declared")
    void flood() {
        JobStore store = metrics.observe(memory);
        IntStream.range(0, 300).forEach(i -> declare(store, Limit.of("limit-" + i)));

        metrics.sample();

        assertThat(registry.find("forthwith.jobs.limited").meters()).hasSize(JobMeters.MOST_LIMITS);
    }
}
