package io.forthwith.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes and reads a JSON object, or an array, whose values are strings. It knows no library for JSON. Not thread-safe. */
public final class StringsAsJson {
    private static final int HEX = 16;
    private static final int HEX_DIGITS = 4;

    private final String json;
    private int at;

    private StringsAsJson(String json) {
        this.json = json;
    }

    /** The object, its names in their natural order. */
    public static String write(Map<String, String> values) {
        StringBuilder text = new StringBuilder("{");
        new TreeMap<>(values).forEach((name, value) -> {
            if (text.length() > 1) {
                text.append(',');
            }
            quote(text, name);
            text.append(':');
            quote(text, value);
        });
        return text.append('}').toString();
    }

    /** An array of strings, in their order. */
    public static String writeAll(List<String> values) {
        StringBuilder text = new StringBuilder("[");
        for (String value : values) {
            if (text.length() > 1) {
                text.append(',');
            }
            quote(text, value);
        }
        return text.append(']').toString();
    }

    /** A string with its quotes. */
    public static String quoted(String value) {
        StringBuilder text = new StringBuilder();
        quote(text, value);
        return text.toString();
    }

    private static void quote(StringBuilder text, String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c == '\n') {
                text.append("\\n");
            } else if (c < ' ') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    /** The values of an object of strings; empty if the text is anything else. */
    public static Map<String, String> read(String json) {
        try {
            return parse(json);
        } catch (IllegalArgumentException other) {
            return Map.of();
        }
    }

    /**
     * The values of an object of strings.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Map<String, String> parse(String json) {
        try {
            return Map.copyOf(new StringsAsJson(json).object());
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException other) {
            throw new IllegalArgumentException(
                    "\"" + SafeText.line(json, 80) + "\" is no JSON object whose values are strings", other);
        }
    }

    /** The values of an array of strings; empty if the text is anything else. */
    public static List<String> readAll(String json) {
        try {
            return List.copyOf(new StringsAsJson(json).array());
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException other) {
            return List.of();
        }
    }

    private List<String> array() {
        List<String> values = new ArrayList<>();
        expect('[');
        if (next() == ']') {
            at++;
        } else {
            char separator;
            do {
                values.add(string());
                separator = next();
                at++;
            } while (separator == ',');
            require(separator == ']');
        }
        require(json.substring(at).isBlank());
        return values;
    }

    private Map<String, String> object() {
        Map<String, String> values = new LinkedHashMap<>();
        expect('{');
        if (next() == '}') {
            at++;
        } else {
            char separator;
            do {
                String name = string();
                expect(':');
                values.put(name, string());
                separator = next();
                at++;
            } while (separator == ',');
            require(separator == '}');
        }
        require(json.substring(at).isBlank());
        return values;
    }

    private String string() {
        expect('"');
        StringBuilder value = new StringBuilder();
        for (char c = json.charAt(at++); c != '"'; c = json.charAt(at++)) {
            value.append(c == '\\' ? escaped() : c);
        }
        return value.toString();
    }

    private char escaped() {
        char c = json.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                at += HEX_DIGITS;
                yield (char) Integer.parseInt(json.substring(at - HEX_DIGITS, at), HEX);
            }
            default -> throw new IllegalArgumentException();
        };
    }

    private void expect(char expected) {
        require(next() == expected);
        at++;
    }

    /** The next character that is no space, which is not consumed. */
    private char next() {
        while (" \t\r\n".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
        return json.charAt(at);
    }

    private static void require(boolean isJson) {
        if (!isJson) {
            throw new IllegalArgumentException();
        }
    }
}
