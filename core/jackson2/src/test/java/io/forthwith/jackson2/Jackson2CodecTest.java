package io.forthwith.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.json.JobCodec;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class Jackson2CodecTest {
    record Mail(String toAddress) {}

    static final class Closed {
        private final String secret;

        Closed(String first, String second) {
            secret = first + second;
        }

        public String getSecret() {
            return secret;
        }
    }

    sealed interface Shape {}

    record Circle(int radius) implements Shape {}

    private static ObjectMapper snakeCase() {
        return new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);
    }

    @Test
    void runs_jobs_with_the_mapper_of_the_host() {
        InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
        JobType<Mail> type = JobType.of("mail", Mail.class);
        JobCodec codec = Jackson2Codec.of(snakeCase());
        JobClient jobs = JobClient.of(store).codec(codec);
        UUID id = jobs.enqueue(NewJob.of(type, new Mail("ada"))).id();
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> job.input(Mail.class));

        Worker.of(store, processors).codec(codec).build().drain();

        assertThat(jobs.find(id).orElseThrow().input()).isEqualTo("{\"to_address\":\"ada\"}");
        assertThat(jobs.resultOf(jobs.find(id).orElseThrow(), Mail.class)).hasValue(new Mail("ada"));
    }

    @Test
    void a_later_change_of_the_mapper_of_the_host_changes_nothing() {
        ObjectMapper mapper = snakeCase();
        JobCodec codec = Jackson2Codec.of(mapper);
        mapper.setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE);

        assertThat(codec.write(new Mail("ada"))).isEqualTo("{\"to_address\":\"ada\"}");
    }

    @Test
    void a_mapper_with_default_typing_is_refused() {
        ObjectMapper typing = new ObjectMapper();
        typing.activateDefaultTyping(typing.getPolymorphicTypeValidator());

        assertThatThrownBy(() -> Jackson2Codec.of(typing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("default typing, so a row could name any class to load");
    }

    @Test
    void classes_that_no_json_fits_are_refused_with_the_way_out() {
        JobCodec codec = Jackson2Codec.standard();

        assertThatThrownBy(() -> codec.read("\"s3cret\"", Closed.class))
                .isInstanceOfSatisfying(
                        JobCodec.Refused.class,
                        refused -> assertThat(refused.isAboutType()).isTrue())
                .hasMessageContaining("(no Creators, like default constructor, exist)")
                .hasMessageContaining("; make Closed a record")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> codec.read("{\"radius\":1}", Shape.class))
                .hasMessageContaining("; annotate Shape with @JsonTypeInfo");
    }

    record Picky(String name) {
        Picky {
            if (name.length() > 5) {
                throw new IllegalArgumentException("name too long: " + name);
            }
        }
    }

    static final class Settable {
        @SuppressWarnings("DoNotCallSuggester") // Jackson calls it.
        public void setName(String name) {
            throw new IllegalArgumentException("name too long: " + name);
        }
    }

    @Test
    void of_a_constructor_or_setter_that_refuses_the_line_is_told_and_not_the_message() {
        JobCodec codec = Jackson2Codec.standard();

        assertThatThrownBy(() -> codec.read("{\"name\":\"s3cret\"}", Picky.class))
                .hasMessageMatching("the constructor of Picky threw java.lang.IllegalArgumentException"
                        + " \\(Jackson2CodecTest\\.java:\\d+\\)");
        assertThatThrownBy(() -> codec.read("{\"name\":\"s3cret\"}", Settable.class))
                .hasMessageMatching("java.lang.IllegalArgumentException was thrown \\(Jackson2CodecTest\\.java:\\d+\\)"
                        + " at .*name.*")
                .hasMessageNotContaining("s3cret");
    }

    /** The sample of docs/json.md. */
    @Test
    void the_standard_codec_runs_jobs() {
        InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
        JobType<Mail> type = JobType.of("mail", Mail.class);
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> job.input(Mail.class));

        JobCodec codec = Jackson2Codec.standard();
        JobClient jobs = JobClient.of(store).codec(codec);
        Worker worker = Worker.of(store, processors).codec(codec).build();

        UUID id = jobs.enqueue(NewJob.of(type, new Mail("ada"))).id();
        worker.drain();
        assertThat(jobs.find(id).orElseThrow().result()).isEqualTo("{\"toAddress\":\"ada\"}");
    }

    @Test
    void the_limits_are_those_of_all_codecs() {
        JobClient jobs = JobClient.of(new InMemoryJobStore()).codec(Jackson2Codec.standard());
        JobType<String> type = JobType.of("t", String.class);

        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(type, "a\0b"))).hasMessageContaining("NUL");
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(type, "x".repeat(300_000))))
                .hasMessageContaining("too large");
    }
}
