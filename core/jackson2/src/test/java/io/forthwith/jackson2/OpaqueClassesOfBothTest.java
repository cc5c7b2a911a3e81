package io.forthwith.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonBackReference;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonManagedReference;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.forthwith.json.Jackson3Codec;
import io.forthwith.json.JobCodec;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;

/** Which classes both codecs refuse because an empty object would lose what they hold, and which they write as before. */
@SuppressWarnings("unused") // Jackson looks at the fields
class OpaqueClassesOfBothTest {
    static class Opaque {
        String name = "ada";
    }

    static class Heir extends Opaque {}

    static class OnlySetters {
        private int number = 1;

        public void setNumber(int value) {
            number = value;
        }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    static class Annotated {
        private final String name = "ada".strip();
    }

    @JsonIgnoreProperties("cache")
    static class HalfIgnored {
        private final String cache = "x".strip();
        private final String name = "ada".strip();
    }

    static class Made {
        private final String name;

        private Made(String name) {
            this.name = name;
        }

        @JsonCreator
        static Made of(@JsonProperty("name") String name) {
            return new Made(name);
        }
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Circle.class, name = "circle"),
        @JsonSubTypes.Type(value = Start.class, name = "start"),
        @JsonSubTypes.Type(value = Blob.class, name = "blob")
    })
    interface Shape {}

    record Circle(int radius) implements Shape {}

    static final class Start implements Shape {}

    static final class Blob implements Shape {
        private final int hidden = Integer.parseInt("1");
    }

    record Holder(Object any) {}

    record Generic<T>(T value) {}

    record Shapes(List<Shape> all) {}

    record Unwrapping(@JsonUnwrapped Opaque inner, int number) {}

    static Stream<Object> opaque() {
        return Stream.of(
                new Opaque(),
                new Heir(),
                new Object(),
                new OnlySetters(),
                new Annotated(),
                new HalfIgnored(),
                new Made("ada"),
                new Blob(),
                new Holder(new Object()),
                new Holder(new Opaque()),
                new Generic<>(new Opaque()),
                new Unwrapping(new Opaque(), 1),
                new Shapes(List.of(new Start(), new Blob())),
                List.of(new Opaque()),
                new Opaque[] {new Opaque()},
                List.of(1, new Object()),
                Map.of("a", List.of(new Opaque())),
                Optional.of(new Opaque()),
                new AtomicReference<>(new Opaque()),
                (Runnable) List.of(1).iterator()::next);
    }

    record Ping() {}

    static class Nothing {}

    static class Constants {
        static final String NAME = "ada";
        private final transient String cache = "x".strip();
    }

    enum Size {
        SMALL {
            @Override
            int number() {
                return 1;
            }
        };

        private final String hidden = "x".strip();

        abstract int number();
    }

    /** As Kotlin compiles an object. */
    static final class KotlinObject {
        public static final KotlinObject INSTANCE = new KotlinObject();
        private static final String NAME = "ada";

        private KotlinObject() {}
    }

    static class Valued {
        private final String name = "ada".strip();

        @JsonValue
        String text() {
            return name;
        }
    }

    static class AnyGetter {
        private final Map<String, Object> all = Map.of("a", 1);

        @JsonAnyGetter
        Map<String, Object> everything() {
            return all;
        }
    }

    static class EmptyAnyGetter {
        private final Map<String, Object> all = new HashMap<>();

        @JsonAnyGetter
        Map<String, Object> everything() {
            return all;
        }
    }

    static class Inner {
        @JsonUnwrapped
        private final Holder holder = new Holder(1);
    }

    static class Ignored {
        @JsonIgnore
        private final String name = "ada".strip();
    }

    static class IgnoredGetter {
        private final String name = "ada".strip();

        @JsonIgnore
        public String getName() {
            return name;
        }
    }

    @JsonIgnoreProperties("name")
    static class IgnoredByName {
        private final String name = "ada".strip();
    }

    static class WriteOnly {
        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        private final String secret = "x".strip();
    }

    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    static class Detected {
        private final String name = "ada".strip();
    }

    static class Parent {
        @JsonManagedReference
        public final List<Child> children = List.of(new Child());
    }

    static class Child {
        @JsonBackReference
        private Parent parent;
    }

    static class Numbers implements Iterable<Integer> {
        private final List<Integer> all = List.of(1, 2);

        @Override
        public Iterator<Integer> iterator() {
            return all.iterator();
        }
    }

    @SuppressWarnings("ClassCanBeStatic") // the compiler gives it a field for this test
    class OfThisTest {}

    static Stream<Arguments> written() {
        return Stream.of(
                arguments(new Ping(), "{}"),
                arguments(new Nothing(), "{}"),
                arguments(new Constants(), "{}"),
                arguments(KotlinObject.INSTANCE, "{}"),
                arguments(new OpaqueClassesOfBothTest().new OfThisTest(), "{}"),
                arguments(Map.of(), "{}"),
                arguments(Collections.singletonMap("a", null), "{\"a\":null}"),
                arguments(Size.SMALL, "\"SMALL\""),
                arguments(new Valued(), "\"ada\""),
                arguments(new AnyGetter(), "{\"a\":1}"),
                arguments(new EmptyAnyGetter(), "{}"),
                arguments(new Inner(), "{\"any\":1}"),
                arguments(new Ignored(), "{}"),
                arguments(new IgnoredGetter(), "{}"),
                arguments(new IgnoredByName(), "{}"),
                arguments(new WriteOnly(), "{}"),
                arguments(new Detected(), "{\"name\":\"ada\"}"),
                arguments(new Parent(), "{\"children\":[{}]}"),
                arguments(new Numbers(), "[1,2]"),
                arguments(new Start(), "{\"type\":\"start\"}"),
                arguments(
                        new Shapes(List.of(new Start(), new Circle(1))),
                        "{\"all\":[{\"type\":\"start\"},{\"type\":\"circle\",\"radius\":1}]}"),
                arguments(new Holder(null), "{\"any\":null}"),
                arguments(new Holder(Arrays.asList(new Ping(), null)), "{\"any\":[{},null]}"),
                arguments(new Unwrapping(null, 1), "{\"number\":1}"));
    }

    private static List<JobCodec> codecs() {
        return List.of(
                JobCodec.standard(),
                JobCodec.strict(),
                Jackson3Codec.of(JsonMapper.builder().build()),
                Jackson2Codec.standard(),
                Jackson2Codec.strict(),
                Jackson2Codec.of(new ObjectMapper().findAndRegisterModules()));
    }

    @ParameterizedTest
    @MethodSource("opaque")
    void both_refuse_what_an_empty_object_would_lose(Object value) {
        for (JobCodec codec : codecs()) {
            for (int time = 0; time < 2; time++) {
                assertThatThrownBy(() -> codec.write(value))
                        .isInstanceOfSatisfying(
                                JobCodec.Refused.class,
                                refused -> assertThat(refused.isAboutType()).isTrue())
                        .message()
                        .containsAnyOf(
                                " has fields, but none of them would be stored; make it a record, or give it getters, or",
                                "a plain java.lang.Object holds nothing that could be stored; pass a record");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("written")
    void both_write_what_has_nothing_to_lose(Object value, String json) {
        for (JobCodec codec : List.of(
                JobCodec.standard(),
                JobCodec.strict(),
                Jackson3Codec.of(JsonMapper.builder().build()),
                Jackson2Codec.standard(),
                Jackson2Codec.strict())) {
            assertThat(codec.write(value)).isEqualTo(json);
        }
    }

    @Test
    void both_leave_a_class_to_a_serializer_of_the_host() {
        JobCodec three = Jackson3Codec.of(JsonMapper.builder()
                .addModule(new tools.jackson.databind.module.SimpleModule()
                        .addSerializer(Opaque.class, new ValueSerializer<>() {
                            @Override
                            public void serialize(
                                    Opaque value, tools.jackson.core.JsonGenerator json, SerializationContext context) {
                                json.writeString(value.name);
                            }
                        }))
                .build());
        JobCodec two = Jackson2Codec.of(new ObjectMapper()
                .registerModule(new SimpleModule().addSerializer(Opaque.class, new JsonSerializer<>() {
                    @Override
                    public void serialize(Opaque value, JsonGenerator json, SerializerProvider provider)
                            throws IOException {
                        json.writeString(value.name);
                    }
                })));

        for (JobCodec codec : List.of(two, three)) {
            assertThat(codec.write(List.of(new Opaque()))).isEqualTo("[\"ada\"]");
        }
    }
}
