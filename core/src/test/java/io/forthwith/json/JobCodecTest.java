package io.forthwith.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.forthwith.JobException;
import io.forthwith.TypeRef;
import io.forthwith.json.internal.JobJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobCodecTest {
    private record Shot(String prompt, int frames, Instant at) {}

    private final JobJson json = JobJson.standard();

    private <T> T decode(String stored, Class<T> type) {
        return json.decode(stored, TypeRef.of(type));
    }

    @Test
    void round_trips_a_record() {
        Shot shot = new Shot("日出 🌅 \"quoted\" \\ back", 24, Instant.parse("2026-01-01T00:00:00Z"));

        assertThat(decode(json.encode("x", shot), Shot.class)).isEqualTo(shot);
    }

    @Test
    void refuses_what_not_every_database_can_store() {
        assertThatThrownBy(() -> json.encode("The input of job type t", "a\0b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The input of job type t (String)")
                .hasMessageContaining("NUL");
        assertThatThrownBy(() -> json.encode("x", List.of("\ud83d"))).hasMessageContaining("lone surrogate");
    }

    @Test
    void does_not_mistake_an_escaped_backslash_for_a_nul() {
        assertThat(decode(json.encode("x", "\\u0000"), String.class)).isEqualTo("\\u0000");
        assertThatThrownBy(() -> json.encode("x", "\\\0")).hasMessageContaining("NUL");
    }

    @Test
    void refuses_what_is_too_large_with_the_numbers() {
        assertThatThrownBy(() -> json.encode("x", "积".repeat(100_000)))
                .hasMessageContaining("300002 bytes of JSON, at most 262144");
        assertThat(JobJson.of(JobCodec.standard().maxBytes(400_000)).encode("x", "积".repeat(100_000)))
                .hasSize(100_002);
        assertThat(json.encode("x", "a".repeat(262_142))).hasSize(262_144);
        assertThatThrownBy(() -> json.encode("x", "a".repeat(262_143))).hasMessageContaining("too large");
    }

    @Test
    void reads_back_what_it_wrote_even_if_a_database_added_white_space() {
        String stored = json.encode("x", Collections.nCopies(120_000, 1));

        assertThat((Object) decode(stored.replace(",", ", "), List.class)).isNotNull();
    }

    @Test
    void refuses_when_writing_what_it_would_refuse_when_reading() {
        assertThatThrownBy(() -> json.encode("x", new BigInteger("9".repeat(1_001))))
                .hasMessageContaining("a number of 1001 digits");
        assertThatThrownBy(() -> json.encode("x", Map.of("n".repeat(1_001), 1)))
                .hasMessageContaining("a name of 1001 characters");
        json.encode("x", Map.of("n".repeat(900), new BigInteger("9".repeat(900))));
    }

    @Test
    void a_number_counts_as_if_it_were_written_out() {
        assertThatThrownBy(() -> json.encode("The result", Map.of("price", new BigDecimal("1E+2000"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching(
                        "The result \\(Map\\w*\\) holds a number of 2001 digits when it is written out at \\$\\.price,"
                                + " at most 1000 are allowed; pass it as a string");
        assertThatThrownBy(() -> json.encode("x", Collections.nCopies(10_000, 1.5E300)))
                .hasMessageContaining("3020001 bytes of JSON with its numbers written out, at most 262144");
        assertThatThrownBy(() -> decode("{\"price\":1E+2000}", Map.class))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("does not fit Map: it holds a number of 2001 digits")
                .hasMessageNotContaining("1E+2000");
        BigDecimal longest = new BigDecimal("1E+999");
        assertThat(decode(json.encode("x", longest), BigDecimal.class)).isEqualByComparingTo(longest);
        assertThat(decode(longest.toPlainString(), BigDecimal.class)).isEqualByComparingTo(longest);
    }

    @Test
    void refuses_raw_json_that_not_every_database_can_store() {
        record Raw(@JsonRawValue String text) {}
        for (String raw : new String[] {"\"\\ud83d\"", "\"\\u0000\"", "{", "01", "NaN"}) {
            assertThatThrownBy(() -> json.encode("x", new Raw(raw))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(json.encode("x", new Raw("[1, \"\\ud83d\\ude00\"]"))).contains("ude00");
    }

    @Test
    void refuses_what_is_too_deep_when_writing_and_when_reading() {
        List<Object> deep = new ArrayList<>();
        List<Object> inner = deep;
        for (int i = 0; i < 200; i++) {
            List<Object> next = new ArrayList<>();
            inner.add(next);
            inner = next;
        }
        assertThatThrownBy(() -> json.encode("x", deep)).hasMessageContaining("more than 100 levels");
        assertThatThrownBy(() -> decode("[".repeat(100_000), List.class)).isInstanceOf(JobException.class);
    }

    @Test
    void refuses_what_does_not_fit_without_showing_any_value() {
        assertThatThrownBy(() -> decode("{\"prompt\":\"x\",\"frames\":\"s3cret\"}", Shot.class))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("does not fit Shot")
                .hasMessageContaining("frames")
                .hasMessageNotContaining("s3cret");
        for (String bad : new String[] {"", "{", "null", "{} {}", "[1,", "9".repeat(2_000)}) {
            assertThatThrownBy(() -> decode(bad, Shot.class)).isInstanceOf(JobException.class);
        }
        assertThatThrownBy(() -> decode(null, Shot.class)).isInstanceOf(JobException.class);
    }

    @Test
    void never_loads_a_class_that_the_json_names() {
        String hostile =
                "{\"@class\":\"io.forthwith.json.JobCodecTest$Canary\",\"a\":[\"io.forthwith.json.JobCodecTest$Canary\",{}]}";

        assertThat((Object) decode(hostile, Map.class)).isNotNull();
        assertThat(CanaryCage.loaded).isFalse();
    }

    @Test
    void names_the_value_that_cannot_be_written() {
        record Unwritable(Object self) {}
        Object[] cyclic = new Object[1];
        cyclic[0] = cyclic;

        assertThatThrownBy(() -> json.encode("The result of job type t", new Unwritable(cyclic)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The result of job type t (Unwritable)");
    }

    /** Set when the class is loaded. */
    private static final class CanaryCage {
        private static boolean loaded;
    }

    @SuppressWarnings("unused") // must never be loaded
    private static final class Canary {
        static {
            CanaryCage.loaded = true;
        }
    }
}
