package io.forthwith.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.TypeRef;
import io.forthwith.client.JobClient;
import io.forthwith.internal.jackson.JacksonRefusalText;
import io.forthwith.json.internal.JobJson;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Spiteful;
import io.forthwith.worker.Worker;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** Classes that no JSON fits are refused at the earliest moment, with the rule and the way out, and without values. */
class UnreadableTypesTest {
    private static final String SECRET = "s3cret";

    static final class Mail {
        private final String to;

        private Mail(String address, String alias) {
            to = address + alias;
        }

        public String getTo() {
            return to;
        }
    }

    static final class Address {
        private final String street;

        Address(String street) {
            this.street = street;
        }

        public String getStreet() {
            return street;
        }
    }

    record Letter(Mail mail) {}

    sealed interface Shape {}

    record Circle(int radius) implements Shape {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({@JsonSubTypes.Type(value = Dot.class, name = "dot")})
    sealed interface Sign {}

    record Dot(int x) implements Sign {}

    record Drawing(List<Sign> signs) {}

    record Picky(String name) {
        Picky {
            if (name != null && name.contains(SECRET)) {
                throw new IllegalStateException(name);
            }
        }
    }

    private final InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));
    private final JobClient jobs = JobClient.of(store);

    @Test
    void a_class_without_a_usable_constructor_is_refused_when_its_job_is_enqueued() {
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(JobType.of("mail", Mail.class), new Mail(SECRET, SECRET))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "The input of job type mail can be written as JSON, but not read into Mail again: Cannot construct"
                                + " instance of `" + Mail.class.getName()
                                + "` (no Creators, like default constructor, exist)")
                .hasMessageContaining("; make Mail a record, or give it a constructor without parameters")
                .satisfies(UnreadableTypesTest::tellsNoValue);
        assertThatThrownBy(() -> jobs.enqueue(
                        NewJob.of(JobType.of("letter", Letter.class), new Letter(new Mail(SECRET, SECRET)))))
                .hasMessageContaining("; make Mail a record")
                .satisfies(UnreadableTypesTest::tellsNoValue);
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(JobType.of("a", Address.class), new Address(SECRET))))
                .hasMessageContaining("(although at least one Creator exists): cannot deserialize from Object value")
                .hasMessageContaining("; make Address a record")
                .satisfies(UnreadableTypesTest::tellsNoValue);
    }

    @Test
    void a_sealed_interface_without_annotations_is_refused_when_its_job_is_enqueued() {
        assertThatThrownBy(() -> jobs.enqueue(NewJob.of(JobType.of("shape", Shape.class), new Circle(4711))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("abstract types either need to be mapped to concrete types")
                .hasMessageContaining("; annotate Shape with @JsonTypeInfo(use = JsonTypeInfo.Id.NAME")
                .hasMessageNotContaining("4711");
    }

    @Test
    void a_worker_that_could_never_read_an_input_is_not_built() {
        ProcessorRegistry mails = ProcessorRegistry.of().with(JobType.of("mail", Mail.class), job -> null);
        ProcessorRegistry shapes = ProcessorRegistry.of().with(JobType.of("shape", Shape.class), job -> null);

        assertThatThrownBy(() -> Worker.of(store, mails).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "The input of job type mail (Mail) can never be read from JSON: Cannot construct");
        assertThatThrownBy(() -> Worker.of(store, shapes).start()).hasMessageContaining("annotate Shape");
    }

    @Test
    void a_module_that_is_not_open_to_jackson_is_told_what_to_open(@TempDir Path folder) throws Exception {
        Object value = classOfClosedModule(folder).getMethod("of", String.class).invoke(null, SECRET);
        Class<?> closed = value.getClass();

        for (Throwable refused : List.of(
                catchThrowable(() -> JobJson.standard().encode("The result of job type t", value)),
                catchThrowable(() -> JobJson.standard().decode("{\"to\":\"" + SECRET + "\"}", TypeRef.of(closed))),
                catchThrowable(() -> JobJson.standard().requireReadable(JobType.of("t", closed))))) {
            assertThat(refused)
                    .hasMessageContaining(
                            "module strangers does not open package strangers to Jackson, which needs Mail;"
                                    + " write in its module-info.java: opens strangers to tools.jackson.databind;")
                    .satisfies(UnreadableTypesTest::tellsNoValue);
        }
    }

    private static Class<?> classOfClosedModule(Path folder) throws IOException, ClassNotFoundException {
        Path module = Files.writeString(folder.resolve("module-info.java"), "module strangers { exports strangers; }");
        Path record = Files.createDirectories(folder.resolve("strangers")).resolve("Mails.java");
        Files.writeString(
                record,
                "package strangers; public class Mails {"
                        + " public static Object of(String to) { return new Mail(to); } } record Mail(String to) {}");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", folder.toString(), module.toString(), record.toString()))
                .isZero();
        Configuration found = ModuleLayer.boot()
                .configuration()
                .resolve(ModuleFinder.of(folder), ModuleFinder.of(), Set.of("strangers"));
        return ModuleLayer.boot()
                .defineModulesWithOneLoader(found, ClassLoader.getSystemClassLoader())
                .findLoader("strangers")
                .loadClass("strangers.Mails");
    }

    @Test
    void sealed_types_are_read_by_the_annotations_of_the_mapper() {
        Drawing drawing = new Drawing(List.of(new Dot(1), new Dot(2)));
        String json = JobJson.standard().encodeInput(NewJob.of(JobType.of("drawing", Drawing.class), drawing));

        assertThat(JobJson.standard().decode(json, TypeRef.of(Drawing.class))).isEqualTo(drawing);
        assertThatThrownBy(() -> jobs.enqueue(
                        NewJob.of(JobType.of("signs", new TypeRef<List<Sign>>() {}), List.of(new Dot(4711)))))
                .hasMessageContaining(
                        "not read into List<Sign> again: its type id names none of the classes of Sign, or is"
                                + " missing, as in a list that is not in a field of a record")
                .hasMessageNotContaining("4711");
    }

    @Test
    void what_does_not_fit_is_told_by_types_and_fields_only() {
        assertThatThrownBy(() -> JobJson.standard().decode("{\"name\":\"" + SECRET + "\"}", TypeRef.of(Picky.class)))
                .hasMessageContaining("the constructor of Picky threw java.lang.IllegalStateException")
                .satisfies(UnreadableTypesTest::tellsNoValue);
        assertThatThrownBy(() -> JobJson.standard().decode("{\"radius\":\"" + SECRET + "\"}", TypeRef.of(Circle.class)))
                .hasMessageMatching(".*does not fit Circle: it does not fit int at .*radius.*")
                .satisfies(UnreadableTypesTest::tellsNoValue);
        assertThatThrownBy(() -> JobJson.standard().decode("\"" + SECRET + "\"", TypeRef.of(Mail.class)))
                .hasMessageContaining("make Mail a record")
                .satisfies(UnreadableTypesTest::tellsNoValue);
    }

    @Test
    void of_code_of_the_application_that_refuses_the_line_is_told_and_not_the_message() {
        JobJson json = JobJson.standard();
        String value = "\"" + SECRET + "\"";
        for (Throwable refused : List.of(
                catchThrowable(() -> json.decode("{\"name\":" + value + "}", TypeRef.of(Picky.class))),
                catchThrowable(() -> json.decode("{\"name\":" + value + "}", TypeRef.of(Made.class))),
                catchThrowable(() -> json.decode("[{\"name\":" + value + "}]", new TypeRef<List<Checked>>() {})),
                catchThrowable(() -> json.decode("{\"name\":" + value + "}", TypeRef.of(Settable.class))))) {
            assertThat(refused)
                    .hasMessageMatching(
                            "The stored JSON does not fit .*java\\.lang\\.\\w+Exception( was thrown)? \\(UnreadableTypesTest\\.java:\\d+\\).*")
                    .satisfies(UnreadableTypesTest::tellsNoValue);
        }
    }

    @Test
    void an_exception_without_a_trace_or_with_methods_that_throw_has_no_line() {
        for (RuntimeException thrown : List.of(new NoTrace(), new Spiteful())) {
            assertThat(JacksonRefusalText.constructor(Picky.class, thrown, ""))
                    .isEqualTo("the constructor of Picky threw "
                            + thrown.getClass().getName());
        }
    }

    static final class NoTrace extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoTrace() {
            super("", null, false, false);
        }
    }

    /** Refuses in a factory. */
    record Made(String name) {
        @JsonCreator(mode = JsonCreator.Mode.PROPERTIES)
        @SuppressWarnings("DoNotCallSuggester") // Jackson calls it.
        static Made of(@JsonProperty("name") String name) {
            throw new IllegalArgumentException("no " + name);
        }
    }

    /** Refuses by a method of the JDK, which its constructor calls. */
    record Checked(String name) {
        Checked {
            Objects.checkIndex(name.length(), 1);
        }
    }

    /** Refuses in a setter. */
    static final class Settable {
        @SuppressWarnings("DoNotCallSuggester") // Jackson calls it.
        public void setName(String name) {
            throw new IllegalArgumentException("no " + name);
        }
    }

    @Test
    void of_other_exceptions_of_a_codec_only_the_class_is_told() {
        JobJson broken = JobJson.of(new JobCodec() {
            @Override
            public String write(Object value) {
                return "\"" + value + "\"";
            }

            @Override
            public Object read(String json, java.lang.reflect.Type type) {
                throw new UnsupportedOperationException(json);
            }
        });

        assertThatThrownBy(() -> broken.decode("\"" + SECRET + "\"", TypeRef.of(String.class)))
                .hasMessage(
                        "The stored JSON does not fit String: the codec threw java.lang.UnsupportedOperationException")
                .satisfies(UnreadableTypesTest::tellsNoValue);
        assertThatThrownBy(() -> broken.encodeInput(NewJob.of(JobType.of("t", String.class), SECRET)))
                .satisfies(UnreadableTypesTest::tellsNoValue);
    }

    @Test
    void a_mapper_with_default_typing_is_refused() {
        JsonMapper typing = JsonMapper.builder()
                .activateDefaultTyping(
                        BasicPolymorphicTypeValidator.builder()
                                .allowIfBaseType(Object.class)
                                .build(),
                        DefaultTyping.NON_FINAL)
                .build();

        assertThatThrownBy(() -> Jackson3Codec.of(typing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("default typing, so a row could name any class to load");
        assertThat(Jackson3Codec.of(JsonMapper.builder().build()).write(new Circle(1)))
                .isEqualTo("{\"radius\":1}");
    }

    private static void tellsNoValue(Throwable refused) {
        for (Throwable each = refused; each != null; each = each.getCause()) {
            assertThat(each.toString()).doesNotContain(SECRET);
        }
    }
}
