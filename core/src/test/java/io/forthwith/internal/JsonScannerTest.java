package io.forthwith.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonScannerTest {
    private static final int MANY = 1_000_000;
    private static final JsonMapper JACKSON = JsonMapper.builder().build();

    private static String problem(String json) {
        return JsonScanner.problem(json, MANY, MANY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                " true ",
                "false",
                "0",
                "-0",
                "-0.0",
                "12",
                "1.50",
                "1e5",
                "1E-5",
                "-1.2e+07",
                "\"\"",
                "[]",
                "{}",
                "[ 1 , [ ] , { } ]",
                "{\"a\":{\"a\":[1,2]},\"\":null}",
                "\"\\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e9 \\uD83D\\uDE00\"",
                "\"积分 😀\"",
                "\t{\r\n\"a\" :\t1 }\n"
            })
    void takes_json(String json) {
        assertThat(problem(json)).isNull();
        assertThat(readByJackson(json)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{1:1}",
                "nul",
                "nulls",
                "01",
                "-",
                "-01",
                "+1",
                ".5",
                "1.",
                "1.e5",
                "1e",
                "1e+",
                "0x1",
                "NaN",
                "Infinity",
                "'a'",
                "\"a",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"a\nb\"",
                "1 2",
                "{} {}",
                "[1]]",
                "// x",
                "\u00a01",
                "\"\\u１２３４\""
            })
    void refuses_what_is_no_json(String json) {
        assertThat(problem(json)).isEqualTo("is no JSON");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a\0\"",
                "\"\\u0000\"",
                "\"\\\\\\u0000\"",
                "\"\ud83d\"",
                "\"\ude00\"",
                "\"\ude00\ud83d\"",
                "\"\\ud83d\"",
                "\"\\ude00\"",
                "\"\\ud83d\\n\"",
                "\"\\ud83d\\u0041\"",
                "\"\\ud83dx\"",
                "{\"\\u0000\":1}",
                "\"\ud83d" + "\\ude00\""
            })
    void refuses_nul_and_lone_surrogates(String json) {
        assertThat(problem(json)).startsWith("holds a NUL character or a lone surrogate");
    }

    @Test
    void an_escaped_backslash_is_no_nul() {
        assertThat(problem("\"\\\\u0000\"")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "1E+999, 1000",
        "1E+1000, 1001",
        "1E-999, 1000",
        "1E-1000, 1001",
        "-1.5E300, 301",
        "123.456E2, 6",
        "123.456E-2, 6",
        "123.456E+3, 6",
        "0E+1000, 1001",
        "1E99999999999999999999, 1000000001",
        "1.5, 2"
    })
    void counts_the_digits_of_a_number_written_out(String number, int digits) {
        if (digits > JsonScanner.MAX_DIGITS) {
            assertThat(problem(number))
                    .contains("a number of ")
                    .contains(digits + " digits")
                    .contains("pass it as a string");
        } else {
            assertThat(problem(number)).isNull();
        }
    }

    @Test
    void the_size_is_in_bytes_with_numbers_written_out() {
        for (String json : List.of("\"积分 😀 é\"", "[1,2]", "\"\\u00e9\"")) {
            int bytes = json.getBytes(StandardCharsets.UTF_8).length;
            assertThat(JsonScanner.problem(json, bytes, MANY)).isNull();
            assertThat(JsonScanner.problem(json, bytes - 1, MANY))
                    .startsWith("is too large: " + bytes + " bytes of JSON, at most");
        }
        assertThat(JsonScanner.problem("-1.5E3", 6, MANY)).isNull();
        assertThat(JsonScanner.problem("1E10", 11, MANY)).isNull();
        assertThat(JsonScanner.problem("1E10", 10, MANY))
                .startsWith("is too large: 11 bytes of JSON with its numbers written out, at most 10 are allowed");
        assertThat(JsonScanner.problem("-1.25E-4", 8, MANY)).contains("9 bytes");
    }

    @Test
    void says_where() {
        assertThat(problem("{\"a\":[1,{\"b\\\"c\":[[],[0,1E5000]]}]}"))
                .contains(" at $.a[1].b\\\"c[1][1], at most 1000");
        assertThat(problem("1E5000")).contains("written out, at most");
        assertThat(problem("1e1011}")).contains("digits", "written out, at most");
        assertThat(JsonScanner.problem("{\"a\":1,\"n\":\"12345\"}", MANY, 4))
                .contains("a string of 5 characters at $.n");
        assertThat(JsonScanner.problem("[\"\\u00e9\\n\\ud83d\\ude00\"]", MANY, 4))
                .isNull();
    }

    @Test
    void bounds_depth_and_names() {
        assertThat(problem("[".repeat(100) + "]".repeat(100))).isNull();
        assertThat(problem("[".repeat(101) + "]".repeat(101))).startsWith("has more than 100 levels");
        assertThat(problem("{\"a\":".repeat(100_000))).startsWith("has more than 100 levels");
        assertThat(problem("{\"" + "n".repeat(1_000) + "\":1}")).isNull();
        assertThat(problem("{\"" + "n".repeat(1_001) + "\":1}")).startsWith("holds a name of 1001 characters");
    }

    @Test
    void agrees_with_jackson_about_what_is_json() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String[] pieces = {
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "1", "0", "-", ".", "e", "E+", "true", "null", " ", "\\u0041",
            "é"
        };
        int taken = 0;
        for (int i = 0; i < 200_000; i++) {
            String json = IntStream.range(0, 1 + random.nextInt(7))
                    .mapToObj(piece -> pieces[random.nextInt(pieces.length)])
                    .collect(Collectors.joining());
            boolean isJson = readByJackson(json) != null;
            String problem = problem(json);
            if (problem != null && problem.contains("digits")) {
                // Refused at the number, so the scanner does not look whether the rest is JSON: 1e1011 is, and 1e1011}
                // is not.
                assertThat(json).as("seed %d", seed).containsPattern("[eE][+-]?[01]{4}");
            } else {
                assertThat(problem == null).as("%s, seed %d", json, seed).isEqualTo(isJson);
            }
            taken += isJson ? 1 : 0;
        }
        assertThat(taken).isGreaterThan(1_000);
    }

    private static JsonNode readByJackson(String json) {
        try {
            JsonNode node = JACKSON.readTree(json);
            return node.isMissingNode() ? null : node;
        } catch (JacksonException refused) {
            return null;
        }
    }
}
