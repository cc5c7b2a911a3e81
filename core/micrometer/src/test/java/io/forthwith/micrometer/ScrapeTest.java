package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What Prometheus scrapes from a process")
class ScrapeTest {
    private static final Set<String> JOB = Set.of("queue", "type");
    private static final Set<String> ATTEMPT = Set.of("queue", "type", "outcome", "error");
    private static final Set<String> QUEUE = Set.of("queue");
    private static final Set<String> CALL = Set.of("call", "outcome");

    private static final Map<String, Set<String>> ALL = Map.ofEntries(
            Map.entry("forthwith_jobs_enqueued_total", JOB),
            Map.entry("forthwith_job_wait_seconds_count", JOB),
            Map.entry("forthwith_job_wait_seconds_sum", JOB),
            Map.entry("forthwith_job_wait_seconds_max", JOB),
            Map.entry("forthwith_job_duration_seconds_count", ATTEMPT),
            Map.entry("forthwith_job_duration_seconds_sum", ATTEMPT),
            Map.entry("forthwith_job_duration_seconds_max", ATTEMPT),
            Map.entry("forthwith_job_active", JOB),
            Map.entry("forthwith_queue_due", QUEUE),
            Map.entry("forthwith_queue_scheduled", QUEUE),
            Map.entry("forthwith_queue_paused", QUEUE),
            Map.entry("forthwith_queue_oldest_age_seconds", QUEUE),
            Map.entry("forthwith_worker_slots", Set.of()),
            Map.entry("forthwith_worker_slots_used", Set.of()),
            Map.entry("forthwith_worker_beat_age_seconds", Set.of()),
            Map.entry("forthwith_worker_degraded", Set.of()),
            Map.entry("forthwith_jobs_limited", Set.of("limit")),
            Map.entry("forthwith_jobs_taken_over_total", Set.of()),
            Map.entry("forthwith_jobs_purged_total", Set.of()),
            Map.entry("forthwith_store_call_seconds_count", CALL),
            Map.entry("forthwith_store_call_seconds_sum", CALL),
            Map.entry("forthwith_store_call_seconds_max", CALL));

    @Test
    @DisplayName("has these names with these labels, and no other")
    void names() throws Exception {
        assertThat(new EveryOutcome().scrape().names()).isEqualTo(new TreeMap<>(ALL));
    }

    @Test
    @DisplayName("counts each attempt by its outcome, and each job that was added")
    void values() throws Exception {
        long begin = System.nanoTime();
        Scrape it = new EveryOutcome().scrape();
        double seconds = (System.nanoTime() - begin) / 1e9;

        assertThat(it.lines().stream()
                        .filter(line -> line.name().equals("forthwith_job_duration_seconds_count"))
                        .map(line ->
                                line.labels().get("queue") + " " + line.labels().get("type") + " "
                                        + line.labels().get("outcome") + " "
                                        + line.labels().get("error") + " " + (int) line.value())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "default ok completed none 1",
                        "children ok completed none 1",
                        "default parent waiting none 1",
                        "default broken failed out_of_paint 1",
                        "default flaky retried temporary 1",
                        "default later postponed none 1",
                        "default slow cancelled none 1",
                        "default slow given_back none 1",
                        "default lost refused none 1",
                        "default lost completed none 1");
        assertThat(it.lines())
                .filteredOn(line -> line.name().equals("forthwith_job_duration_seconds_sum"))
                .as("each tells how long it took")
                .allSatisfy(line -> assertThat(line.value()).isBetween(1e-9, seconds));
        assertThat(it.value("forthwith_jobs_enqueued_total", "queue", "default", "type", "ok"))
                .hasValue(2);
        assertThat(it.value("forthwith_jobs_enqueued_total", "queue", "children", "type", "ok"))
                .as("spawned")
                .hasValue(1);
        assertThat(it.value("forthwith_job_wait_seconds_count", "queue", "default", "type", "lost"))
                .hasValue(2);
        assertThat(it.value("forthwith_job_active", "queue", "default", "type", "slow"))
                .hasValue(1);
        assertThat(it.value("forthwith_job_active", "queue", "default", "type", "ok"))
                .hasValue(0);
        assertThat(it.value("forthwith_worker_slots")).hasValue(10);
        assertThat(it.value("forthwith_worker_slots_used")).hasValue(1);
        assertThat(it.value("forthwith_worker_beat_age_seconds").orElseThrow()).isBetween(0.0, seconds);
        assertThat(it.value("forthwith_jobs_taken_over_total")).hasValue(1);
        assertThat(it.value("forthwith_queue_scheduled", "queue", "default")).hasValue(3);
        assertThat(it.value("forthwith_queue_due", "queue", "default")).hasValue(0);
    }
}
