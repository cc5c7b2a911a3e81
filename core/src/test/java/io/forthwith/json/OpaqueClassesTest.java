package io.forthwith.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.BaseProcessor;
import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What would be stored as an empty object although it holds data is refused, and does not come back empty. */
class OpaqueClassesTest {
    /** Jackson neither sees its field nor says so. */
    static class Opaque {
        String name = "ada";
    }

    record Ping() {}

    record Wrapped(List<Opaque> all) {}

    private static final JobType<Opaque> TYPE = JobType.of("opaque", Opaque.class);
    private static final JobType<Ping> PING = JobType.of("ping", Ping.class);
    private static final String OF_OPAQUE =
            "cannot be written as JSON: Opaque has fields, but none of them would be stored; make it a record, or give it"
                    + " getters, or annotate the fields with @JsonProperty (and with @JsonIgnore those that are no data)";

    static final class Looking extends BaseProcessor<Ping, String> {
        private final Step<Opaque> look = step("look", Opaque.class);

        Looking() {
            super(PING);
        }

        @Override
        protected String process(Ping ping, JobContext job) throws Exception {
            job.run(look, key -> new Opaque());
            return "after";
        }
    }

    private final InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
    private final JobClient jobs = JobClient.of(store);

    private Job run(ProcessorRegistry processors, Locale locale) {
        UUID id = jobs.enqueue(NewJob.of(PING, new Ping()).locale(locale)).id();
        Worker.of(store, processors).build().drain();
        return jobs.find(id).orElseThrow();
    }

    @Test
    void an_input_is_refused_when_it_is_enqueued() {
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(TYPE, new Opaque())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The input of job type opaque (Opaque) " + OF_OPAQUE);
        assertThatThrownBy(() -> jobs.enqueue(
                        NewJob.of(JobType.of("wrapped", Wrapped.class), new Wrapped(List.of(new Opaque())))))
                .hasMessage("The input of job type wrapped (Wrapped) " + OF_OPAQUE);
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(JobType.of("any", Object.class), new Object())))
                .hasMessage(
                        "The input of job type any (Object) cannot be written as JSON: a plain java.lang.Object holds"
                                + " nothing that could be stored; pass a record, or an empty map");
        assertThatThrownBy(() -> FakeJobContext.of(new Opaque()).input(Opaque.class))
                .hasMessageContaining("Opaque has fields");
    }

    @Test
    void a_result_fails_its_job_at_once_in_the_language_of_its_user() {
        for (Object result : List.of(new Opaque(), new Object(), Map.of("a", new Opaque()))) {
            ProcessorRegistry processors = ProcessorRegistry.of().with(PING, job -> result);

            Job english = run(processors, Locale.ENGLISH);
            assertThat(english.status()).isEqualTo(JobStatus.FAILED);
            assertThat(english.attempt()).isOne();
            assertThat(english.errorCode()).isEqualTo("result_unstorable");
            assertThat(english.errorMessage()).isEqualTo("The job finished, but its result could not be stored");
            assertThat(run(processors, Locale.CHINESE).errorMessage()).isEqualTo("任务已完成，但无法保存其结果");
        }
    }

    @Test
    void a_step_value_fails_its_job_at_the_step() {
        Job failed = run(ProcessorRegistry.of(new Looking()), Locale.ENGLISH);

        assertThat(failed.errorCode()).isEqualTo("result_unstorable");
        assertThat(failed.result()).isNull();
        assertThat(jobs.failures(failed.id()).get(0).trace()).contains("The result of step look (Opaque) " + OF_OPAQUE);
    }

    @Test
    void what_has_nothing_to_store_is_an_empty_object() {
        Job done =
                run(ProcessorRegistry.of().with(PING, job -> Map.of("input", job.input(Ping.class))), Locale.ENGLISH);

        assertThat(done.result()).isEqualTo("{\"input\":{}}");
    }
}
