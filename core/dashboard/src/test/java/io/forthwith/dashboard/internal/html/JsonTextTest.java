package io.forthwith.dashboard.internal.html;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
    @Test
    @DisplayName("Objects and arrays are indented; strings stay as they are")
    void pretty() {
        assertThat(JsonText.pretty("{\"a\":[1, -2.5E3],\"b {\\\" ,\":{},\"c\":[ ]}", 1_000))
                .isEqualTo("{\n  \"a\": [\n    1,\n    -2.5E3\n  ],\n  \"b {\\\" ,\": {},\n  \"c\": []\n}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "\"a, b\"", "[see here]", "{\"a\":1", "{}}", "[\"open", "{ % }", "…", ""})
    @DisplayName("What is not nested JSON stays as it is")
    void other(String text) {
        assertThat(JsonText.pretty(text, 1_000)).isEqualTo(text);
    }

    @Test
    @DisplayName("It stops soon after the most that is wanted, and does not nest without end")
    void limits() {
        assertThat(JsonText.pretty("[" + "1,".repeat(100_000) + "1]", 1_000)).hasSizeBetween(1_001, 1_100);
        assertThat(JsonText.pretty("[".repeat(5_000), 1_000_000)).isEqualTo("[".repeat(5_000));
    }
}
