package io.forthwith.jdbc.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.TypeRef;
import io.forthwith.client.JobClient;
import io.forthwith.json.Jackson3Codec;
import io.forthwith.json.JobCodec;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.testing.FakeJobContext;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The samples of docs/json.md, which {@link DocsTest} finds here word for word. */
class JsonSamplesTest {
    record Report(int jobs) {}

    record Line(String article, int count) {}

    static final class Nightly extends BaseProcessor<Void, Report> {
        static final JobType<Void> TYPE = JobType.of("nightly_report");

        Nightly() {
            super(TYPE);
        }

        @Override
        protected Report process(Void none, JobContext job) {
            return new Report(1);
        }
    }

    static final JobType<List<Line>> INVOICE = JobType.of("invoice", new TypeRef<List<Line>>() {});

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Circle.class, name = "circle"),
        @JsonSubTypes.Type(value = Square.class, name = "square")
    })
    sealed interface Shape {}

    record Circle(int radius) implements Shape {}

    record Square(int side) implements Shape {}

    record Drawing(List<Shape> shapes) {}

    record ShotVideo(@JsonAlias("config") String configId, Integer seconds) {}

    private final JobStore store = new InMemoryJobStore();
    private final ProcessorRegistry processors = ProcessorRegistry.of(new Nightly())
            .with(INVOICE, job -> job.input(INVOICE.input()))
            .with(JobType.of("shot", ShotVideo.class), job -> job.input(ShotVideo.class));

    @Test
    void a_job_without_input() throws Exception {
        JobClient jobs = JobClient.of(store);

        UUID id = jobs.enqueue(NewJob.of(Nightly.TYPE)).id();

        Worker.of(store, processors).build().drain();
        assertThat(jobs.awaitResult(id, Report.class, Duration.ZERO)).hasValue(new Report(1));
    }

    @Test
    void a_list() throws Exception {
        JobClient jobs = JobClient.of(store);
        UUID id = jobs.enqueue(NewJob.of(INVOICE, List.of(new Line("lamp", 1)))).id();
        Worker.of(store, processors).build().drain();

        Optional<List<Line>> lines = jobs.awaitResult(id, new TypeRef<List<Line>>() {}, Duration.ofSeconds(10));

        assertThat(lines).hasValue(List.of(new Line("lamp", 1)));
    }

    @Test
    void sealed_types_and_former_names() {
        JobCodec codec = JobCodec.standard();
        Drawing drawing = new Drawing(List.of(new Circle(1), new Square(2)));

        assertThat(codec.read(codec.write(drawing), Drawing.class)).isEqualTo(drawing);
        assertThat(codec.read("{\"config\":\"c\"}", ShotVideo.class)).isEqualTo(new ShotVideo("c", null));
    }

    @Test
    void strict_mode() {
        JobCodec codec = JobCodec.strict();
        JobClient jobs = JobClient.of(store).codec(codec);
        Worker worker = Worker.of(store, processors).codec(codec).build();

        UUID id = jobs.enqueue(NewJob.of(JobType.of("shot", Object.class), new Line("lamp", 1)))
                .id();
        worker.drain();
        assertThat(jobs.find(id).orElseThrow().errorCode()).isEqualTo("undecodable_input");
    }

    @Test
    void other_limits_and_mappers() {
        JobCodec large = JobCodec.standard().maxBytes(1024 * 1024);

        JobCodec snakeCase = Jackson3Codec.of(JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .build());

        assertThat(large.maxBytes()).isEqualTo(1024 * 1024);
        assertThat(snakeCase.write(new ShotVideo("c", 1))).isEqualTo("{\"config_id\":\"c\",\"seconds\":1}");
    }

    /** Stands for any library. */
    private static final class Library {
        String toJson(Object value) {
            return "\"" + value + "\"";
        }

        Object fromJson(String json, Type type) {
            return type == String.class ? json.substring(1, json.length() - 1) : json;
        }
    }

    private static final Library library = new Library();

    static final class GsonLikeCodec implements JobCodec {
        @Override
        public String write(Object value) {
            return library.toJson(value);
        }

        @Override
        public Object read(String json, Type type) {
            return library.fromJson(json, type);
        }
    }

    @Test
    void a_codec_of_your_own() throws Exception {
        assertThat(FakeJobContext.of("x").codec(new GsonLikeCodec()).run(job -> job.input(String.class)))
                .isEqualTo("x");
    }
}
