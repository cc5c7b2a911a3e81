package io.forthwith.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.Step;
import io.forthwith.TypeRef;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Jobs without input, generic inputs and results, and inputs with missing and unknown fields. */
class InputsTest {
    record Line(String article, int count) {}

    static final class Invoices extends BaseProcessor<List<Line>, List<Line>> {
        static final JobType<List<Line>> TYPE = JobType.of("invoice", new TypeRef<List<Line>>() {});

        private final Step<Map<String, Line>> byName = step("by_name", new TypeRef<Map<String, Line>>() {});

        Invoices() {
            super(TYPE);
        }

        @Override
        protected List<Line> process(List<Line> lines, JobContext job) throws Exception {
            Map<String, Line> lamps = job.run(byName, key -> Map.of("lamp", lines.get(0)));
            return List.of(new Line("lamp", lamps.get("lamp").count() + 1));
        }
    }

    static final class Nightly extends BaseProcessor<Void, String> {
        static final JobType<Void> TYPE = JobType.of("nightly");

        Nightly() {
            super(TYPE);
        }

        @Override
        protected String process(Void none, JobContext job) {
            return "done";
        }
    }

    record Order(String article, Optional<String> note) {}

    private final InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
    private final JobClient jobs = JobClient.of(store);

    @Test
    void inputs_results_and_steps_may_be_generic() throws Exception {
        UUID id = jobs.enqueue(NewJob.of(Invoices.TYPE, List.of(new Line("lamp", 2))))
                .id();

        Worker.of(store, ProcessorRegistry.of(new Invoices())).build().drain();

        assertThat(jobs.awaitResult(id, new TypeRef<List<Line>>() {}, Duration.ZERO))
                .hasValue(List.of(new Line("lamp", 3)));
        assertThat(FakeJobContext.of(List.of(new Line("lamp", 2))).run(new Invoices()))
                .containsExactly(new Line("lamp", 3));
    }

    @Test
    void a_job_may_have_no_input() throws Exception {
        UUID id = jobs.enqueue(NewJob.of(Nightly.TYPE)).id();
        assertThat(jobs.find(id).orElseThrow().input()).isEqualTo("{}");

        Worker.of(store, ProcessorRegistry.of(new Nightly())).build().drain();

        assertThat(jobs.awaitResult(id, String.class, Duration.ZERO)).hasValue("done");
        assertThat(FakeJobContext.of().run(new Nightly())).isEqualTo("done");
        assertThat((Object) FakeJobContext.of().input(Void.class)).isNull();
    }

    @Test
    void null_is_no_input_and_the_message_says_what_is() {
        assertThatThrownBy(() -> NewJob.of(Invoices.TYPE, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(
                        "The input of job type invoice is null: a job without input is made by NewJob.of(type), of a type"
                                + " that is made by JobType.of(name)");
        assertThatThrownBy(() -> FakeJobContext.of(null)).hasMessageContaining("FakeJobContext.of()");
    }

    @Test
    void a_type_that_is_named_by_no_subclass_is_refused() {
        assertThatThrownBy(InputsTest::<String>raw).hasMessageContaining("new TypeRef<List<Line>>() {}");
        assertThat(new TypeRef<Map<String, List<Line>>>() {}).hasToString("Map<String, List<Line>>");
        assertThat(new TypeRef<List<Line>>() {}).isEqualTo(new TypeRef<List<Line>>() {});
    }

    @SuppressWarnings("rawtypes") // on purpose
    private static void raw() {
        new TypeRef() {};
    }

    @Test
    void by_default_a_misspelt_field_is_null() {
        assertThat(JobCodec.standard().read("{\"artikel\":\"lamp\"}", Order.class))
                .isEqualTo(new Order(null, Optional.empty()));
    }

    @Test
    void in_strict_mode_unknown_and_missing_fields_are_errors() {
        JobCodec strict = JobCodec.strict();

        assertThatThrownBy(() -> strict.read("{\"article\":\"lamp\",\"note\":null,\"artikel\":1}", Order.class))
                .isInstanceOf(JobCodec.Refused.class)
                .hasMessageContaining("it has a field \"artikel\", which Order does not have");
        assertThatThrownBy(() -> strict.read("{\"note\":null}", Order.class))
                .isInstanceOf(JobCodec.Refused.class)
                .hasMessageContaining("a field is missing")
                .hasMessageContaining("article");
        Order order = new Order("lamp", Optional.empty());
        assertThat(strict.read(strict.write(order), Order.class)).isEqualTo(order);
    }

    record Raw(@JsonRawValue String json) {}

    static final JobType<Raw> RAW = JobType.of("raw", Raw.class);

    @Test
    void what_not_every_database_keeps_is_refused_when_a_job_is_enqueued() {
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(RAW, new Raw("{\"a\":1,\"\\u0061\":2}"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The input of job type raw (Raw) has a name twice in one object at $.json.\\u0061, of which"
                        + " databases keep different values; give each name once");
        assertThatThrownBy(() -> jobs.enqueueAll(List.of(NewJob.of(RAW, new Raw("[1,-0.0]")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "The input of job type raw (Raw) holds a negative zero at $.json[1], of which not every database"
                                + " keeps the sign; pass 0.0");
        assertThatThrownBy(() -> FakeJobContext.of(-0.0).input(Double.class)).hasMessageContaining("negative zero");
    }

    static final class Balance extends BaseProcessor<Void, List<Double>> {
        static final JobType<Void> TYPE = JobType.of("balance");

        private final Step<Double> sum = step("sum", Double.class);

        Balance() {
            super(TYPE);
        }

        @Override
        protected List<Double> process(Void none, JobContext job) throws Exception {
            return List.of(-0.0, 1 / job.run(sum, key -> -0.0));
        }
    }

    @Test
    void a_negative_zero_in_a_result_or_of_a_step_is_zero() throws Exception {
        UUID id = jobs.enqueue(NewJob.of(Balance.TYPE)).id();

        Worker.of(store, ProcessorRegistry.of(new Balance())).build().drain();

        assertThat(jobs.find(id).orElseThrow().result()).isEqualTo("[0.0,\"Infinity\"]");
    }

    @Test
    void a_fake_context_sends_inputs_results_and_steps_through_the_codec() throws Exception {
        FakeJobContext strict = FakeJobContext.of(Map.of("artikel", "lamp")).codec(JobCodec.strict());

        assertThatThrownBy(() -> strict.input(Order.class)).hasMessageContaining("article");
        assertThat(FakeJobContext.of(Map.of("article", "lamp"))
                        .input(Order.class)
                        .article())
                .isEqualTo("lamp");
        assertThatThrownBy(() -> FakeJobContext.of("x").run(job -> "\0")).hasMessageContaining("NUL");
    }
}
