package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Text from outside does no harm in the log and the store, and inputs are neither in the log nor in messages. */
class HostileTextTest {
    private static final String FORGED = "x\r\n[Worker] ✅ Job 1 done in 0.01 s\u001b[2J\u202e\u2028\0";
    private static final JobType<String> TYPE = JobType.of("work", String.class);

    private final InMemoryJobStore memory = new InMemoryJobStore();
    private final JobStore store = mock(JobStore.class, delegatesTo(memory));
    private final JobClient jobs = JobClient.of(store);

    @Test
    void no_text_from_outside_can_fake_a_log_line() {
        // A type that only an INSERT by plain SQL can store.
        doAnswer(call -> memory.claim(call.getArgument(0)).stream()
                        .map(job -> job.input().contains("unknown") ? retyped(job, FORGED) : job)
                        .toList())
                .when(store)
                .claim(any());
        for (String how : List.of("unknown", "user", "system", "retry", "postpone", "undo")) {
            jobs.enqueue(NewJob.of(TYPE, how));
        }
        try (LogCapture log = new LogCapture()) {
            Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> fail(job.input(String.class))))
                    .build()
                    .drain();

            assertThat(log.lines()).hasSizeGreaterThan(12);
            // Only a stack trace has several lines, and all but the first begin with a space.
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("\n"))
                    .isNotEmpty()
                    .allMatch(line -> line.startsWith("[Worker] Trace of job "))
                    .allMatch(line -> line.lines().skip(1).allMatch(each -> each.startsWith("  ")));
            assertThat(log.lines().stream().flatMap(String::lines))
                    .noneMatch(line -> line.chars().anyMatch(HostileTextTest::isHostile));
            assertThat(log.events())
                    .allSatisfy(event -> assertThat(event.getMDCPropertyMap().values())
                            .noneMatch(value -> value.chars().anyMatch(HostileTextTest::isHostile)));
        }
    }

    @Test
    void inputs_and_results_are_neither_logged_nor_in_messages() {
        String secret = "s3cr3t-canary";
        UUID misfit = jobs.enqueue(NewJob.of(JobType.of("number", String.class), secret))
                .id();
        UUID fine = jobs.enqueue(NewJob.of(TYPE, secret)).id();
        List<JobEvent> events = new ArrayList<>();
        try (LogCapture log = new LogCapture()) {
            Worker.of(
                            store,
                            ProcessorRegistry.of()
                                    .with(JobType.of("number", Integer.class), job -> job.input(Integer.class))
                                    .with(TYPE, job -> job.input(String.class)))
                    .listener(events::add)
                    .build()
                    .drain();

            assertThat(log.lines()).isNotEmpty().noneMatch(line -> line.contains(secret));
        }
        assertThat(events).isNotEmpty().noneMatch(event -> event.toString().contains(secret));
        assertThat(memory.find(misfit).orElseThrow().errorMessage()).doesNotContain(secret);
        assertThat(memory.find(fine).orElseThrow().toString()).doesNotContain(secret);
    }

    private static Object fail(String how) {
        switch (how) {
            case "user" -> throw JobException.user("a code\nwith a line", FORGED);
            case "retry" -> throw JobException.retryable(FORGED).causedBy(new IllegalStateException(FORGED));
            case "postpone" -> throw new NotReadyException(Duration.ofHours(1), FORGED);
            default -> throw new IllegalStateException(FORGED);
        }
    }

    private static Job retyped(Job job, String type) {
        return Job.builder(job.id(), type, job.createdAt())
                .status(job.status())
                .claim(job.claim())
                .workerId(Objects.requireNonNull(job.workerId()))
                .attempt(job.attempt())
                .startedAt(job.startedAt())
                .build();
    }

    private static boolean isHostile(int character) {
        return character < ' ' || character == 0x7f || character == 0x202e || character == 0x2028;
    }
}
