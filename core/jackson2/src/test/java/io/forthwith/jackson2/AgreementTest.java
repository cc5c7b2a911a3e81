package io.forthwith.jackson2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.forthwith.TypeRef;
import io.forthwith.json.JobCodec;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each of the two default codecs reads what the other has written; what cannot agree is named here. */
class AgreementTest {
    enum Size {
        SMALL,
        LARGE {
            @Override
            public String toString() {
                return "very large";
            }
        }
    }

    record Line(String article, int count) {}

    record Names(
            Size zoom,
            String alpha,
            @JsonProperty("renamed") String beta,
            @JsonAlias("former") String gamma) {}

    record Optionals(Optional<String> text, OptionalInt number, OptionalLong large, Optional<Line> line) {}

    record Nothing() {}

    record Numbers(byte b, short s, int i, long l, float f, double d, char c, boolean yes, Integer boxed) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Circle.class, name = "circle"),
        @JsonSubTypes.Type(value = Square.class, name = "square")
    })
    sealed interface Shape {}

    record Circle(int radius) implements Shape {}

    record Square(int side) implements Shape {}

    record Drawing(List<Shape> shapes, Shape first) {}

    record Page<T>(List<T> rows, int number) {}

    static final class Bean {
        private String url;
        private boolean done;
        private int point;

        public String getURL() {
            return url;
        }

        public void setURL(String value) {
            url = value;
        }

        public boolean isDone() {
            return done;
        }

        public void setDone(boolean value) {
            done = value;
        }

        public int getPoint() {
            return point;
        }

        public void setPoint(int value) {
            point = value;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bean bean && bean.toString().equals(toString());
        }

        @Override
        public int hashCode() {
            return toString().hashCode();
        }

        @Override
        public String toString() {
            return url + done + point;
        }
    }

    private static Bean bean() {
        Bean bean = new Bean();
        bean.setURL("https://example.org");
        bean.setDone(true);
        bean.setPoint(3);
        return bean;
    }

    static Stream<Arguments> values() {
        return Stream.of(
                of(Instant.parse("2026-01-01T00:00:00.123456789Z")),
                of(LocalDate.of(2026, 2, 28)),
                of(LocalDateTime.of(2026, 2, 28, 1, 2, 3, 4)),
                of(LocalTime.of(23, 59)),
                of(OffsetDateTime.parse("2026-01-01T00:00:00Z")),
                of(ZonedDateTime.parse("2026-01-01T00:00:00Z")),
                of(Duration.ofMillis(61_001)),
                of(Period.of(1, 2, 3)),
                of(Year.of(2026)),
                of(YearMonth.of(2026, 1)),
                of(MonthDay.of(12, 31)),
                of(Month.JANUARY),
                of(DayOfWeek.SUNDAY),
                of(ZoneId.of("Europe/Berlin"), ZoneId.class),
                of(Size.SMALL),
                of(Size.LARGE, Size.class),
                of(new EnumMap<>(Map.of(Size.LARGE, 1)), new TypeRef<EnumMap<Size, Integer>>() {}.type()),
                of(List.of(Size.LARGE), new TypeRef<List<Size>>() {}.type()),
                of(new Line(null, 0)),
                of(new Optionals(
                        Optional.of("x"), OptionalInt.of(1), OptionalLong.of(2), Optional.of(new Line("a", 1)))),
                of(new Optionals(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty())),
                of(new Names(Size.LARGE, "a", "b", "c")),
                of(new Nothing()),
                of(new Numbers((byte) -1, (short) 2, 3, Long.MIN_VALUE, 1.5F, 1E300, 'é', true, null)),
                of(new BigDecimal("1.50")),
                of(new BigDecimal("1E+10")),
                of(BigInteger.TEN.pow(100)),
                of(UUID.nameUUIDFromBytes(new byte[] {1})),
                of(URI.create("https://example.org/?q=ä")),
                of(Locale.forLanguageTag("zh-Hans-CN")),
                of(Currency.getInstance("EUR")),
                of("\u0001 \" \\ / é 😀"),
                of(new byte[] {1, 2, 3}),
                of(new int[] {1, 2}),
                of(List.of(new Line("a", 1)), new TypeRef<List<Line>>() {}.type()),
                of(Map.of("k", List.of(new Line("a", 1))), new TypeRef<Map<String, List<Line>>>() {}.type()),
                of(new TreeSet<>(Set.of("b", "a")), new TypeRef<Set<String>>() {}.type()),
                of(new Page<>(List.of(new Line("a", 1)), 1), new TypeRef<Page<Line>>() {}.type()),
                of(new Drawing(List.of(new Circle(1), new Square(2)), new Square(3))),
                of(new Circle(1), Shape.class),
                of(bean()));
    }

    private static Arguments of(Object value) {
        return of(value, value.getClass());
    }

    private static Arguments of(Object value, Type type) {
        return arguments(value, type);
    }

    private final JobCodec two = Jackson2Codec.standard();
    private final JobCodec three = JobCodec.standard();

    @ParameterizedTest
    @MethodSource("values")
    void each_codec_writes_the_same_and_reads_what_the_other_wrote(Object value, Type type) {
        String byTwo = two.write(value);
        String byThree = three.write(value);

        assertThat(byTwo).isEqualTo(byThree);
        assertThat(three.read(byTwo, type)).isEqualTo(value);
        assertThat(two.read(byThree, type)).isEqualTo(value);
    }

    @Test
    void both_ignore_unknown_fields_and_take_missing_ones_as_null_or_empty() {
        for (JobCodec codec : List.of(two, three)) {
            assertThat(codec.read("{\"article\":\"a\",\"count\":1,\"more\":[{}]}", Line.class))
                    .isEqualTo(new Line("a", 1));
            assertThat(codec.read("{\"former\":\"c\"}", Names.class)).isEqualTo(new Names(null, null, null, "c"));
            assertThat(codec.read("{}", Optionals.class))
                    .isEqualTo(new Optionals(
                            Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty()));
            assertThat(codec.read("null", Line.class)).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"article\":\"a\",\"count\":null}",
                "{\"article\":\"a\",\"count\":\"s3cret\"}",
                "{\"article\":\"a\",\"count\":99999999999}",
                "{\"article\":{}}",
                "{\"article\":\"a\"}",
                "[]",
                "\"s3cret\"",
                "{} {}"
            })
    void both_refuse_the_same_in_the_same_words(String json) {
        assertThatThrownBy(() -> three.read(json, Line.class))
                .isInstanceOf(JobCodec.Refused.class)
                .satisfies(byThree -> assertThatThrownBy(() -> two.read(json, Line.class))
                        .isInstanceOf(JobCodec.Refused.class)
                        .hasMessage(byThree.getMessage())
                        .hasMessageNotContaining("s3cret")
                        .hasNoCause());
    }

    @Test
    void both_strict_codecs_refuse_unknown_and_missing_fields() {
        for (JobCodec codec : List.of(Jackson2Codec.strict(), JobCodec.strict())) {
            assertThatThrownBy(() -> codec.read("{\"article\":\"a\",\"count\":1,\"more\":1}", Line.class))
                    .hasMessageContaining("it has a field \"more\", which Line does not have");
            assertThatThrownBy(() -> codec.read("{\"count\":1}", Line.class))
                    .hasMessageContaining("a field is missing")
                    .hasMessageContaining("article");
        }
    }

    @Test
    @SuppressWarnings("JavaUtilDate") // inputs may still have it
    void dates_of_the_old_class_are_written_differently_and_read_by_both() {
        Date date = new Date(1);

        assertThat(two.write(date)).isEqualTo("\"1970-01-01T00:00:00.001+00:00\"");
        assertThat(three.write(date)).isEqualTo("\"1970-01-01T00:00:00.001Z\"");
        assertThat(three.read(two.write(date), Date.class)).isEqualTo(date);
        assertThat(two.read(three.write(date), Date.class)).isEqualTo(date);
    }

    record Annotated(
            @JsonSerialize(using = ToStringSerializer.class) int number) {}

    @Test
    void annotations_of_databind_live_in_two_packages_and_cannot_agree() {
        assertThat(two.write(new Annotated(1))).isEqualTo("{\"number\":\"1\"}");
        assertThat(three.write(new Annotated(1))).isEqualTo("{\"number\":1}");
    }
}
