package io.forthwith.dashboard.internal.html;

/** Writes JSON with line breaks and indents. It changes nothing but the space between what is there. */
public final class JsonText {
    private static final String INDENT = "  ";
    private static final int DEEPEST = 100;

    private final String json;
    private final int most;
    private final StringBuilder out = new StringBuilder();
    private int depth;

    private JsonText(String json, int most) {
        this.json = json;
        this.most = most;
    }

    /**
     * The text for people, or as it is if it is not JSON.
     *
     * @param most where to stop: the answer may be a little longer
     */
    public static String pretty(String text, int most) {
        String json = text.strip();
        boolean isNested = json.startsWith("{") || json.startsWith("[");
        JsonText pretty = new JsonText(json, most);
        return isNested && pretty.write() ? pretty.out.toString() : text;
    }

    /** Whether it is nested as JSON is, as far as it was read. */
    private boolean write() {
        int i = 0;
        while (i < json.length() && out.length() <= most) {
            char c = json.charAt(i);
            if (c == '"') {
                int end = endOfString(i);
                if (end < 0) {
                    return false;
                }
                out.append(json, i, end);
                i = end;
                continue;
            }
            if (!sign(c, i)) {
                return false;
            }
            i++;
        }
        return i < json.length() || depth == 0;
    }

    /** Writes a character outside of strings; false if it cannot be there. */
    private boolean sign(char c, int i) {
        switch (c) {
            case '{', '[' -> {
                out.append(c);
                depth++;
                if (depth > DEEPEST) {
                    return false;
                }
                if (!closesNext(i)) {
                    line();
                }
            }
            case '}', ']' -> {
                depth--;
                if (depth < 0) {
                    return false;
                }
                if (out.charAt(out.length() - 1) != (c == '}' ? '{' : '[')) {
                    line();
                }
                out.append(c);
            }
            case ',' -> {
                out.append(c);
                line();
            }
            case ':' -> out.append(": ");
            case ' ', '\t', '\n', '\r' -> {
                return !isWord(i - 1) || !isWord(i + 1);
            }
            default -> {
                out.append(c);
                return isWord(i);
            }
        }
        return true;
    }

    /** Whether a number or a word stands there. */
    private boolean isWord(int i) {
        char c = i < json.length() ? json.charAt(i) : ' ';
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == 'E' || c == '+' || c == '-' || c == '.';
    }

    private boolean closesNext(int i) {
        int next = i + 1;
        while (next < json.length() && Character.isWhitespace(json.charAt(next))) {
            next++;
        }
        return next < json.length() && (json.charAt(next) == '}' || json.charAt(next) == ']');
    }

    /** Where a string ends that begins at {@code i}; -1 if it does not. */
    private int endOfString(int i) {
        for (int end = i + 1; end < json.length(); end++) {
            char c = json.charAt(end);
            if (c == '\\') {
                end++;
            } else if (c == '"') {
                return end + 1;
            }
        }
        return -1;
    }

    private void line() {
        out.append('\n').append(INDENT.repeat(depth));
    }
}
