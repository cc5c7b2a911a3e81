package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.Step;
import io.forthwith.UnknownJobTypeException;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A type with a new name, and jobs that are stored under its former names. */
class RenamedTypesTest {
    private static final JobType<String> OLD = JobType.of("video", String.class);
    private static final JobType<String> OLDER = JobType.of("movie", String.class);
    private static final JobType<String> NEW =
            JobType.of("shot_video_generation", String.class).formerly("video", "movie");
    private static final JobType<String> OTHER = JobType.of("image", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final List<String> undone = new ArrayList<>();

    private final class Video extends BaseProcessor<String, String> {
        private final Step<String> charge =
                step("charge", String.class).undo((receipt, key) -> undone.add("refunded " + receipt));

        Video() {
            super(NEW);
        }

        @Override
        protected String process(String input, JobContext job) throws Exception {
            String receipt = job.run(charge, key -> input + " credits");
            if (input.equals("10")) {
                throw JobException.retryable("The video service is down");
            }
            return receipt;
        }

        @Override
        public RetryPolicy retryPolicy() {
            return RetryPolicy.fixed(Duration.ZERO).maxAttempts(2);
        }

        @Override
        public Duration timeLimit() {
            return Duration.ofSeconds(7);
        }
    }

    @Test
    void jobs_stored_under_a_former_name_are_run() {
        List<UUID> ids = List.of(
                jobs.enqueue(NewJob.of(OLD, "1")).id(),
                jobs.enqueue(NewJob.of(OLDER, "1")).id(),
                jobs.enqueue(NewJob.of(NEW, "1")).id());

        drain(ProcessorRegistry.of(new Video()));

        assertThat(ids).extracting(id -> job(id).result()).containsOnly("\"1 credits\"");
        assertThat(ids)
                .extracting(id -> job(id).type())
                .as("what is stored keeps its name, what is new gets the new one")
                .containsExactly("video", "movie", "shot_video_generation");
    }

    @Test
    void a_lambda_runs_jobs_of_former_names_too() {
        UUID id = jobs.enqueue(NewJob.of(OLDER, "x")).id();

        drain(ProcessorRegistry.of().with(NEW, job -> job.input(String.class) + " done"));

        assertThat(job(id).result()).isEqualTo("\"x done\"");
    }

    @Test
    void jobs_of_former_names_are_retried_and_undone_by_the_rules_of_their_type() {
        UUID id = jobs.enqueue(NewJob.of(OLD, "10")).id();

        drain(ProcessorRegistry.of(new Video()));

        assertThat(job(id).status()).isEqualTo(JobStatus.FAILED);
        assertThat(jobs.failures(id)).hasSize(2);
        assertThat(undone).containsExactly("refunded 10 credits");
        assertThat(jobs.scan(JobQuery.all().type("undo:video")))
                .extracting(Job::status)
                .containsExactly(JobStatus.COMPLETED);
    }

    @Test
    void finds_rules_under_every_name() {
        ProcessorRegistry registry = ProcessorRegistry.of(new Video()).with(OTHER, job -> null);

        assertThat(registry.types()).containsExactly("image", "movie", "shot_video_generation", "video");
        for (String name : List.of("movie", "video", "shot_video_generation")) {
            assertThat(registry.processors().retryPolicy(name).maxAttempts()).isEqualTo(2);
            assertThat(registry.processors().steps(name)).containsOnlyKeys("charge");
            for (String stored : List.of(name, "undo:" + name)) {
                Job job = Job.builder(UUID.randomUUID(), stored, Instant.EPOCH).build();
                assertThat(registry.processors().timeLimit(job)).isEqualTo(Duration.ofSeconds(7));
            }
        }
    }

    @Test
    void an_unknown_type_exception_of_a_processor_is_its_failure_also_under_a_former_name() {
        UUID id = jobs.enqueue(NewJob.of(OLD, "x")).id();

        drain(ProcessorRegistry.of().with(NEW, job -> {
            throw new UnknownJobTypeException("something else");
        }));

        assertThat(job(id).errorCode()).isEqualTo("unexpected");
    }

    @Test
    void no_two_processors_have_a_name_in_common() {
        ProcessorRegistry registry = ProcessorRegistry.of(new Video()).with(OTHER, job -> null);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.with(OLD, job -> null))
                .withMessageContaining("Job type video has a processor already");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        registry.with(JobType.of("picture", String.class).formerly("drawing", "image"), job -> null))
                .withMessageContaining("picture")
                .withMessageContaining("formerly called image")
                .withMessageContaining("one name, one processor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.with(JobType.of("film", String.class).formerly("movie"), job -> null))
                .withMessageContaining("formerly called movie");
    }

    @Test
    void former_names_must_be_valid_and_differ_from_the_present_one() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OTHER.formerly("no spaces"))
                .withMessageContaining("Former name of job type image")
                .withMessageContaining("no spaces");
        assertThatIllegalArgumentException().isThrownBy(() -> OTHER.formerly("undo:image"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OTHER.formerly("picture", "image"))
                .withMessageContaining("image");
        assertThat(OTHER.formerly("picture").formerly("drawing", "picture").formerNames())
                .containsExactly("picture", "drawing");
    }

    private void drain(ProcessorRegistry registry) {
        Worker.of(store, registry).build().drain();
    }

    private Job job(UUID id) {
        return jobs.find(id).orElseThrow();
    }
}
