package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.JobStore;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Metrics of jobs have a limited number of meters")
class FewMetersTest extends MetricsFixture {
    @Test
    @DisplayName("under a flood of queues, types and error codes")
    void flood() {
        JobStore store = metrics.observe(memory);
        JobClient jobs = JobClient.of(store);
        for (int i = 0; i < 10_000; i++) {
            Job job = running("queue-" + i, "type-" + i);
            jobs.enqueue(NewJob.of(JobType.of("type-" + i)).queue("queue-" + i));
            metrics.onEvent(new JobEvent.Started(LibraryOnly.KEY, job));
            metrics.onEvent(
                    new JobEvent.Failed(LibraryOnly.KEY, job, JobError.permanent("code_" + i, "no"), Duration.ZERO));
        }
        for (int i = 0; i < 10_000; i++) {
            // Each tag has few values, and their combinations are many.
            Job job = running("queue-" + i % 100, "type-" + i / 100);
            metrics.onEvent(new JobEvent.Started(LibraryOnly.KEY, job));
            metrics.onEvent(new JobEvent.RetryScheduled(
                    LibraryOnly.KEY, job, JobError.retryable("code_" + i % 50, "no"), Duration.ZERO, Duration.ZERO));
        }
        metrics.sample();

        assertThat(values("queue")).hasSizeLessThanOrEqualTo(101).contains("other", "queue-99");
        assertThat(values("type")).hasSizeLessThanOrEqualTo(201).contains("other", "type-199");
        assertThat(values("error")).hasSize(51).contains("other", "code_49");
        for (String name : List.of("forthwith.jobs.enqueued", "forthwith.job.wait", "forthwith.job.active")) {
            assertThat(registry.find(name).meters()).as(name).hasSizeLessThanOrEqualTo(1_010);
        }
        assertThat(registry.find("forthwith.job.duration").meters()).hasSizeLessThanOrEqualTo(1_810);
        assertThat(registry.getMeters()).hasSizeLessThan(5_000);
        assertThat(total("forthwith.jobs.enqueued", meter -> ((Counter) meter).count()))
                .as("nothing is lost")
                .isEqualTo(10_000);
        assertThat(total("forthwith.job.duration", meter -> ((Timer) meter).count()))
                .isEqualTo(20_000);
        assertThat(total("forthwith.job.active", meter -> ((Gauge) meter).value()))
                .isZero();
    }

    @Test
    @DisplayName("that still says of each queue whether its jobs complete")
    void queues() {
        metrics.observe(memory);
        List<String> types = IntStream.range(0, JobMeters.MOST_TYPES)
                .mapToObj(i -> "type-" + i)
                .toList();
        types.forEach(type -> JobClient.of(metrics.observe(memory)).enqueue(NewJob.of(JobType.of(type))));
        for (int queue = 0; queue < 10; queue++) {
            for (String type : types) {
                Job job = running("queue-" + queue, type);
                metrics.onEvent(new JobEvent.Started(LibraryOnly.KEY, job));
                metrics.onEvent(new JobEvent.Completed(LibraryOnly.KEY, job, Duration.ZERO));
            }
        }
        for (int queue = 0; queue < 10; queue++) {
            assertThat(registry.get("forthwith.job.duration").tags("queue", "queue-" + queue).timers().stream()
                            .mapToLong(Timer::count)
                            .sum())
                    .isEqualTo(JobMeters.MOST_TYPES);
        }
    }

    private double total(String name, ToDoubleFunction<Meter> number) {
        return registry.find(name).meters().stream().mapToDouble(number).sum();
    }

    private Set<String> values(String tag) {
        return registry.getMeters().stream()
                .map(meter -> meter.getId().getTag(tag))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("and show only types that this process runs or enqueues, and their undo jobs")
    void types() {
        JobStore store = metrics.observe(memory);
        Worker.of(store, PROCESSORS).build().drain();
        for (String type : List.of("mail", "undo:mail", "of-another-program", "undo:of-another-program")) {
            metrics.onEvent(new JobEvent.Started(LibraryOnly.KEY, running("default", type)));
        }
        assertThat(values("type")).containsExactlyInAnyOrder("mail", "undo:mail", "other");
    }

    @Test
    @DisplayName("and know the error codes that the library documents")
    void codes() throws Exception {
        String docs = Files.readString(Path.of("../../docs/errors.md"));
        String tables =
                docs.substring(docs.indexOf("## How errors are classified"), docs.indexOf("## Errors of the JVM"));
        Set<String> documented = Pattern.compile("(?m)^\\|(.+?)\\|")
                .matcher(tables.substring(tables.indexOf("## Error codes of the library")))
                .results()
                .flatMap(row ->
                        Pattern.compile("`([a-z_]+)`").matcher(row.group(1)).results())
                .map(code -> code.group(1))
                .filter(code -> !code.equals("http_"))
                .collect(Collectors.toSet());

        assertThat(documented).hasSizeGreaterThan(15);
        assertThat(JobMeters.ERRORS.stream()
                        .filter(code -> !code.startsWith("http_"))
                        .collect(Collectors.toSet()))
                .isEqualTo(documented);
    }

    private Job running(String queue, String type) {
        return Job.builder(UUID.randomUUID(), type, Instant.EPOCH)
                .queue(queue)
                .workerId(UUID.randomUUID())
                .startedAt(Instant.EPOCH.plusSeconds(1))
                .build();
    }
}
