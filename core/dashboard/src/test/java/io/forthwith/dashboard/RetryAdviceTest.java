package io.forthwith.dashboard;

import static io.forthwith.dashboard.JobsInStore.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobStep;
import io.forthwith.dashboard.internal.data.RetryAdvice;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.store.ReadModelFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Whether failed jobs can be retried")
class RetryAdviceTest {
    private static final Instant AT = Instant.parse("2025-01-01T00:00:00Z");
    private final PageTexts words = PageTexts.in(Locale.ENGLISH);

    private static Job.Builder failed(String code, JobError.Kind kind, int attempts) {
        return Job.builder(UUID.randomUUID(), "mail", AT)
                .status(JobStatus.FAILED)
                .error("x", kind, code)
                .attempt(attempts);
    }

    private static JobStep step(String name, boolean hasUndo) {
        return ReadModelFactory.jobStep(UUID.randomUUID(), 1, name, "", 1, hasUndo, null, AT, AT, null, null);
    }

    private String list(List<JobStep> steps, Job... jobs) {
        return Stand.words(RetryAdvice.of(List.of(jobs))
                .list(words, steps, UnaryOperator.identity())
                .toString());
    }

    @ParameterizedTest
    @CsvSource({
        "no_credits, USER, 1, A retry fails again until the user has mended it.",
        "timeout, SYSTEM, 1, A retry may succeed: such errors pass.",
        "http_503, SYSTEM, 1, A retry may succeed: such errors pass.",
        "http_404, SYSTEM, 1, A retry fails again until the cause is mended.",
        "own, SYSTEM, 5, A retry fails again until the cause is mended.",
        "expired, SYSTEM, 0, A retry has no deadline any more.",
        "own, SYSTEM, 1, A retry fails again until the cause is mended.",
        "worker_lost, SYSTEM, 3, A retry may bring down workers: three have died while they ran it.",
        "unknown_job_type, SYSTEM, 1, A retry fails again until a worker knows the type.",
        "child_failed, SYSTEM, 1, A retry also retries the jobs because of which it failed.",
        "child_failed, USER, 1, A retry fails again until the user has mended it."
    })
    @DisplayName("follows from who can mend it, from the code, and from whether it was tried again")
    void prospect(String code, JobError.Kind kind, int attempts, String sentence) {
        assertThat(RetryAdvice.of(List.of(failed(code, kind, attempts).build())).sentence(words))
                .isEqualTo(sentence);
    }

    @Test
    @DisplayName("a job that gave up before its last attempt is not one whose errors pass")
    void gaveUp() {
        Job job = failed("own", JobError.Kind.SYSTEM, 2).maxAttempts(5).build();

        assertThat(list(List.of(), job)).contains("until the cause is mended").doesNotContain("used up");
    }

    @Test
    @DisplayName("says how many have used up their attempts")
    void counts() {
        Job two = failed("own", JobError.Kind.SYSTEM, 2).maxAttempts(2).build();
        Job five = failed("own", JobError.Kind.SYSTEM, 5).maxAttempts(5).build();
        Job none = failed("own", JobError.Kind.SYSTEM, 0).build();

        assertThat(list(List.of(), two, five, none)).contains("2 of these have used up all attempts, up to 5.");
    }

    @Test
    @DisplayName("names the durable steps of the newest job, or says that it has none")
    void steps() {
        Job job = failed("own", JobError.Kind.SYSTEM, 1).build();

        assertThat(list(List.of(step("charge", false), step("<b>", false)), job))
                .contains("The newest one had begun 2 durable steps: charge , &lt;b&gt; .")
                .doesNotContain("undone", "no durable steps");
        assertThat(list(List.of(step("charge", true), step("ship", false)), job))
                .contains("After a failure 1 of these steps is undone. Until that is done, a retry is refused");
        assertThat(list(List.of(), job)).contains("no durable steps: what it did before it failed, a retry does again");
    }

    @Test
    @DisplayName("stands beside each group, and in full below the one that is open")
    void page() {
        JobsInStore jobs = new JobsInStore();
        jobs.fail(job("film"), JobException.user("no_credits", "Buy credits"));
        jobs.fail(job("mail").maxAttempts(2), JobException.retryable("busy").after(Duration.ZERO));
        Pages pages = Pages.of(jobs.store);

        assertThat(pages.text("failures"))
                .contains("until the user has mended it", "such errors pass")
                .doesNotContain("Is it safe");
        String open = pages.text("failures?type=mail&code=temporary");
        assertThat(open.substring(open.indexOf("id=\"group\"")))
                .contains("Is it safe to retry?", "1 of these has used up all attempts, up to 2", "no durable steps");
        assertThat(pages.text("failures?lang=zh&type=mail&code=temporary")).contains("重试安全吗", "这类错误会自行消失");
    }
}
