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

    private static JsonScanner.Scanned scan(String json, JsonScanner.Use use) {
        return JsonScanner.scan(json, MANY, MANY, use);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{`a`:1,`a`:2} | $.a",
                "{`a`:1,`b`:2,`a`:1} | $.a",
                "[{`x`:{`a`:1,`b`:{},`a`:2}}] | $[0].x.a",
                "{`a`:{`b`:1},`c`:{`b`:1,`d`:0},`a`:[]} | $.a",
                "{`a`:1,`\\u0061`:2} | $.\\u0061",
                "{`\\u0061`:1,`a`:2} | $.a",
                "{`é`:1,`\\u00E9`:2} | $.\\u00E9",
                "{`😀`:1,`\\ud83d\\ude00`:2} | $.\\ud83d\\ude00",
                "{`\\/`:1,`/`:2} | $./",
                "{`\\n`:1,`\\u000a`:2} | $.\\u000a",
                "{`\\``:1,`\\u0022`:2} | $.\\u0022",
                "{``:1,``:2} | $."
            },
            ignoreLeadingAndTrailingWhitespace = true)
    void a_name_twice_in_one_object_is_refused(String quoted, String path) {
        String json = quoted.replace('`', '"');

        for (JsonScanner.Use use : List.of(JsonScanner.Use.INPUT, JsonScanner.Use.RESULT)) {
            assertThat(scan(json, use).problem())
                    .isEqualTo("has a name twice in one object at " + path
                            + ", of which databases keep different values; give each name once");
        }
        assertThat(scan(json, JsonScanner.Use.STORED).problem()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":1,\"\":1,\" \":2}",
                "[{\"a\":1},{\"a\":1}]",
                "{\"a\":\"a\",\"b\":\"a\"}",
                "{\"\\\\u0061\":1,\"a\":2}",
                "{\"é\":1,\"e\u0301\":2}"
            })
    void names_that_differ_and_names_of_other_objects_are_taken(String json) {
        assertThat(scan(json, JsonScanner.Use.INPUT)).isEqualTo(new JsonScanner.Scanned(null, json));
    }

    @Test
    void one_name_among_many_is_found() {
        String many = IntStream.range(0, 20_000)
                .mapToObj(i -> "\"name" + i + "\":{\"x\":1}")
                .collect(Collectors.joining(","));

        assertThat(scan("{" + many + "}", JsonScanner.Use.INPUT).problem()).isNull();
        assertThat(scan("{" + many + ",\"name77\":0}", JsonScanner.Use.INPUT).problem())
                .contains("twice in one object at $.name77,");
    }

    @ParameterizedTest
    @CsvSource({
        "-0, 0",
        "-0.0, 0.0",
        "-0.000, 0.000",
        "-0e5, 0e5",
        "-0.0E-7, 0.0E-7",
        "'[-0,[-0.0],-1,-0.10,0]', '[0,[0.0],-1,-0.10,0]'",
        "'{\"a\":-0.0,\"b\":[\"-0.0\",-0.0 ]}', '{\"a\":0.0,\"b\":[\"-0.0\",0.0 ]}'"
    })
    void a_negative_zero_is_refused_in_an_input_and_zero_in_a_result(String json, String unsigned) {
        assertThat(scan(json, JsonScanner.Use.INPUT).problem())
                .startsWith("holds a negative zero")
                .endsWith(", of which not every database keeps the sign; pass 0.0");
        assertThat(scan(json, JsonScanner.Use.RESULT)).isEqualTo(new JsonScanner.Scanned(null, unsigned));
        assertThat(scan(json, JsonScanner.Use.STORED)).isEqualTo(new JsonScanner.Scanned(null, json));
    }

    @Test
    void says_where_a_negative_zero_is() {
        assertThat(scan("{\"shots\":[{\"x\":1},{\"x\":-0.0}]}", JsonScanner.Use.INPUT)
                        .problem())
                .startsWith("holds a negative zero at $.shots[1].x, ");
        for (String number : List.of("-0.01", "-1", "0", "-0.0001e4", "-10", "-0.10")) {
            assertThat(scan(number, JsonScanner.Use.INPUT).problem()).isNull();
        }
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
