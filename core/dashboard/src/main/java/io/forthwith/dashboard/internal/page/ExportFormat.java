package io.forthwith.dashboard.internal.page;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How rows are written to a file. */
enum ExportFormat {
    /** As RFC 4180 says, with a row of names. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
    CSV("csv", "text/csv; charset=utf-8; header=present") {
        @Override
        void begin(Set<String> names, StringBuilder out) {
            line(names, out);
        }

        @Override
        void row(Map<String, @Nullable Object> cells, StringBuilder out) {
            line(cells.values(), out);
        }

        @Override
        void truncated(String why, int rows, @Nullable Instant searchedBackTo, String sentence, StringBuilder out) {
            out.append("# ").append(sentence).append(CRLF);
        }
    },

    /** One object of JSON a line. */
    NDJSON("ndjson", "application/x-ndjson; charset=utf-8") {
        @Override
        void begin(Set<String> names, StringBuilder out) {}

        @Override
        void row(Map<String, @Nullable Object> cells, StringBuilder out) {
            char separator = '{';
            for (Map.Entry<String, @Nullable Object> cell : cells.entrySet()) {
                out.append(separator);
                quote(cell.getKey(), out);
                out.append(':');
                if (cell.getValue() instanceof String text) {
                    quote(text, out);
                } else {
                    out.append(cell.getValue());
                }
                separator = ',';
            }
            out.append("}\n");
        }

        @Override
        void truncated(String why, int rows, @Nullable Instant searchedBackTo, String sentence, StringBuilder out) {
            Map<String, @Nullable Object> end = new LinkedHashMap<>();
            end.put("truncated", true);
            end.put("reason", why);
            end.put("rows", rows);
            end.put("searched_back_to", searchedBackTo == null ? null : searchedBackTo.toString());
            row(end, out);
        }
    };

    private static final String CRLF = "\r\n";

    /** What spreadsheets take for the beginning of a formula, also in the wide form that Chinese keyboards write. */
    private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

    private final String ending;
    private final String contentType;

    ExportFormat(String ending, String contentType) {
        this.ending = ending;
        this.contentType = contentType;
    }

    /** How names of its files end. */
    String ending() {
        return ending;
    }

    String contentType() {
        return contentType;
    }

    abstract void begin(Set<String> names, StringBuilder out);

    /** Writes a row of texts and numbers; null for what is not there. */
    abstract void row(Map<String, @Nullable Object> cells, StringBuilder out);

    /**
     * Says at the end that there may be more.
     *
     * @param sentence without commas and quotation marks
     */
    abstract void truncated(String why, int rows, @Nullable Instant searchedBackTo, String sentence, StringBuilder out);

    private static void line(Collection<? extends @Nullable Object> cells, StringBuilder out) {
        out.append(cells.stream()
                .map(cell -> cell == null ? "" : cell instanceof String text ? cell(text) : cell.toString())
                .collect(Collectors.joining(",", "", CRLF)));
    }

    private static String cell(String text) {
        boolean isFormula = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
        String safe = isFormula ? "'" + text : text;
        boolean isPlain = safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return isPlain ? safe : '"' + safe.replace("\"", "\"\"") + '"';
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == '\u007f' || c == '\u2028' || c == '\u2029' || isHalf(text, i)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** Whether a character is half of one whose other half is missing, which UTF-8 cannot express. */
    private static boolean isHalf(String text, int i) {
        char c = text.charAt(i);
        return Character.isHighSurrogate(c)
                ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
                : Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
