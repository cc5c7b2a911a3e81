package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.annotation.JsonCreator;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Log lines that a developer meets in the first hour, beside those of the error contract. */
class HelpfulLinesTest extends ErrorContractFixture {
    private static final String LARGE = "x".repeat(300 * 1024);
    private static final String TOO_LARGE =
            " is too large: 307202 bytes of JSON, at most 262144 are allowed; store it elsewhere and pass a reference";

    @Test
    void a_result_that_is_too_large_is_logged_with_its_size_and_the_limit() {
        UUID id = jobs.enqueue(NewJob.of(KNOWN, "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of().with(KNOWN, job -> LARGE));

            assertThat(log.jobLines())
                    .contains("[Worker] Job " + id + " has a result that cannot be stored: "
                            + "java.lang.IllegalArgumentException: The result of job type known (String)" + TOO_LARGE)
                    .anyMatch(line -> line.startsWith("[Worker] ❌ Job " + id))
                    .noneMatch(line -> line.contains("xxx"));
        }
    }

    @Test
    void so_is_the_result_of_a_step() {
        UUID id = jobs.enqueue(NewJob.of(KNOWN, "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of(new LargeStep()));

            assertThat(log.jobLines())
                    .anyMatch(line ->
                            line.startsWith("[Worker] Job " + id + " has a result that") && line.endsWith(TOO_LARGE));
        }
        assertThat(job(id).errorCode()).isEqualTo("result_unstorable");
    }

    @Test
    void the_reason_is_redacted_as_every_text_of_a_failure() {
        jobs.enqueue(NewJob.of(KNOWN, "x"));

        try (LogCapture log = new LogCapture()) {
            Worker.of(store, ProcessorRegistry.of().with(KNOWN, job -> LARGE))
                    .redact(text -> text.replace("job type known", "a secret type"))
                    .build()
                    .drain();

            assertThat(log.jobLines())
                    .anyMatch(line -> line.contains("The result of a secret type (String) is too large"))
                    .noneMatch(line -> line.contains("type known"));
        }
    }

    @Test
    void a_second_line_after_an_unknown_type_names_the_known_ones_and_the_way_out() {
        UUID id = jobs.enqueue(NewJob.of(UNKNOWN, "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of().with(OTHER, job -> null).with(KNOWN, job -> null));

            assertThat(log.jobLines())
                    .containsSequence(
                            "Job " + id + " failed: Unknown job type: unknown_task_type",
                            "Job " + id
                                    + ": the types that this worker knows are known, other; register a processor for this"
                                    + " one, or leave its jobs to other workers by onlyRegisteredTypes(true)");
        }
    }

    @Test
    void of_very_many_types_it_names_fifty() {
        jobs.enqueue(NewJob.of(UNKNOWN, "x"));
        ProcessorRegistry many = ProcessorRegistry.of();
        for (int i = 100; i < 153; i++) {
            many = many.with(JobType.of("type" + i, String.class), job -> null);
        }

        try (LogCapture log = new LogCapture()) {
            drain(many);

            assertThat(log.jobLines())
                    .anyMatch(line -> line.contains(" type149 and 3 more; register"))
                    .noneMatch(line -> line.contains("type150"));
        }
    }

    @Test
    void an_unknown_type_that_resembles_a_known_one_has_one_line_that_asks_and_a_message_that_does() {
        UUID first = jobs.enqueue(
                        NewJob.of(JobType.of("Konwn", String.class), "x").locale(Locale.CHINESE))
                .id();
        UUID second =
                jobs.enqueue(NewJob.of(JobType.of("Konwn", String.class), "x")).id();

        try (LogCapture log = new LogCapture()) {
            drain(ProcessorRegistry.of().with(OTHER, job -> null).with(KNOWN, job -> null));

            assertThat(log.jobLines())
                    .contains("Job " + first + " failed: Unknown job type: Konwn")
                    .contains("Job " + second + " failed: Unknown job type: Konwn")
                    .filteredOn(line -> line.contains("did you mean"))
                    .singleElement()
                    .asString()
                    .endsWith(": no processor is registered for type Konwn, did you mean 'known'?");
            assertThat(log.events())
                    .filteredOn(event -> event.getFormattedMessage().contains("did you mean"))
                    .allMatch(event -> event.getLevel() == Level.WARN);
        }
        assertThat(job(first).errorMessage()).isEqualTo("未知的任务类型: Konwn");
        assertThat(job(second).errorMessage()).isEqualTo("Unknown job type: Konwn");
    }

    @Test
    void it_remembers_a_bounded_number_of_unknown_names() {
        MeantTypes meant = new MeantTypes(Set.of("known"));
        assertThat(meant.by("knwn")).isEqualTo(new MeantTypes.Meant("known", true));
        assertThat(meant.by("knwn")).isEqualTo(new MeantTypes.Meant("known", false));

        for (int i = 0; i < MeantTypes.MOST_NAMES; i++) {
            assertThat(meant.by("strange-" + i)).isEqualTo(new MeantTypes.Meant(null, true));
        }

        assertThat(meant.by("strange-1").isNews()).as("remembered").isFalse();
        assertThat(meant.by("knwn").isNews()).as("forgotten").isTrue();
        assertThat(meant.by("x".repeat(201))).as("nothing to remember").isEqualTo(new MeantTypes.Meant(null, false));
    }

    @Test
    void the_first_failure_of_a_bug_has_its_trace_without_debug() {
        UUID first = jobs.enqueue(NewJob.of(KNOWN, "x").priority(9)).id();
        jobs.enqueue(NewJob.of(KNOWN, "x"));
        jobs.enqueue(NewJob.of(OTHER, "x"));

        try (LogCapture log = new LogCapture()) {
            ProcessorRegistry processors = ProcessorRegistry.of()
                    .with(KNOWN, job -> Objects.requireNonNull(null, "no customer"))
                    .with(OTHER, job -> {
                        throw JobException.permanent("It is known").causedBy(new IllegalStateException("known"));
                    });
            Worker.of(store, processors).concurrency(1).build().drain();

            assertThat(log.events())
                    .filteredOn(event -> event.getFormattedMessage().contains("Trace of"))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.getLevel()).isEqualTo(Level.WARN);
                        assertThat(event.getFormattedMessage())
                                .startsWith(
                                        "[Worker] Trace of job " + first
                                                + " (type known; the next ones like it are at DEBUG only, for 10 minutes):\n"
                                                + "  java.lang.NullPointerException: no customer\n    at java.base/java.util.Objects.")
                                .contains("HelpfulLinesTest.java:");
                    });
            assertThat(log.jobLines()).filteredOn(line -> line.contains("❌")).hasSize(3);
        }
    }

    @Test
    void the_trace_is_redacted_and_no_line_of_it_can_be_taken_for_one_of_the_log() {
        jobs.enqueue(NewJob.of(KNOWN, "x"));
        IllegalStateException forged = new IllegalStateException("key sk-4711\n[Worker] ✅ Job 1 done in 0.01 s");
        forged.setStackTrace(new StackTraceElement[] {
            new StackTraceElement("Evil", "x\n[Worker] ✅ Job 2 done in 0.01 s\u001b[2J", "Evil.java", 1)
        });

        try (LogCapture log = new LogCapture()) {
            Worker.of(store, ProcessorRegistry.of().with(KNOWN, job -> {
                        throw forged;
                    }))
                    .redact(text -> text.replace("sk-4711", "[key]\n[Worker] ✅ Job 3 done in 0.01 s"))
                    .build()
                    .drain();

            String trace = log.lines().stream()
                    .filter(line -> line.contains("Trace of"))
                    .findAny()
                    .orElseThrow();
            assertThat(trace).contains("[key]").doesNotContain("sk-4711").doesNotContain("\u001b");
            assertThat(trace.lines().skip(1)).allMatch(line -> line.startsWith("  "));
        }
        assertThat(jobs.failures(jobs.scan(JobQuery.all()).get(0).id()).get(0).trace())
                .doesNotContain("\n[Worker] ✅ Job 1")
                .doesNotContain("\n[Worker] ✅ Job 2");
    }

    @Test
    void an_input_whose_constructor_refuses_it_is_told_with_the_line_of_the_constructor() {
        JobType<String> written = JobType.of("customer", String.class);
        UUID id = jobs.enqueue(NewJob.of(written, "x".repeat(30))).id();

        drain(ProcessorRegistry.of()
                .with(
                        JobType.of("customer", Customer.class),
                        job -> job.input(Customer.class).name()));

        assertThat(job(id).errorMessage())
                .matches("The stored JSON does not fit Customer: the constructor of Customer threw"
                        + " java\\.lang\\.IllegalArgumentException \\(HelpfulLinesTest\\.java:\\d+\\)");
    }

    record Customer(String name) {
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        Customer {
            if (name.length() > 20) {
                throw new IllegalArgumentException("name too long: " + name);
            }
        }
    }

    private static final class LargeStep extends BaseProcessor<String, String> {
        private final Step<String> step = step("large", String.class);

        private LargeStep() {
            super(KNOWN);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            return job.run(step, key -> LARGE);
        }
    }
}
