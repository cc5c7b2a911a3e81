package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Log lines that a developer meets in the first hour, beside those of the error contract. */
class HelpfulLinesTest extends ErrorContractFixture {
    private static final String LARGE = "x".repeat(300 * 1024);
    private static final String TOO_LARGE =
            " is too large: 307202 bytes of JSON, at most 262144 are allowed; store it elsewhere and pass a reference";

    @Test
    void a_result_that_is_too_large_is_logged_with_its_size_and_the_limit() {
        UUID id = jobs.enqueue(NewJob.of(KNOWN, "x"));

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
        UUID id = jobs.enqueue(NewJob.of(KNOWN, "x"));

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
        UUID id = jobs.enqueue(NewJob.of(UNKNOWN, "x"));

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
