package io.forthwith.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON text once and says whether every store can hold it and every codec can read it back. It knows no library
 * for JSON. Not thread-safe.
 *
 * <p>A store may write a number out in full: for {@code 1E+400} PostgreSQL returns 401 digits. So a number counts with
 * the digits that it then has, also in the size of the text.
 */
public final class JsonScanner {
    /** The most levels of arrays and objects. */
    public static final int MAX_DEPTH = 100;

    /** The most digits of a number, written out. */
    public static final int MAX_DIGITS = 1_000;

    /** The most characters of a name. */
    public static final int MAX_NAME = 1_000;

    private static final int LARGEST_EXPONENT = 1_000_000_000;
    private static final int MOST_SHOWN = 80;
    private static final int[] FLAT = {};
    private static final int FEW_LEVELS = 7;

    private final String json;
    private final int maxString;
    private final Use use;
    private final JsonNames names;
    /** For each level that is open: where its present name begins, or -1 less the present index. */
    private int[] path = FLAT;

    private int depth;
    private int at;
    /** How many bytes more than chars the text has in UTF-8. */
    private long wide;
    /** How many bytes its numbers grow if they are written out. */
    private long growth;
    /** The text up to the last negative zero, without the signs of these; null if there is none. */
    private @Nullable StringBuilder unsigned;

    private int unsignedTo;

    private JsonScanner(String json, int maxString, Use use) {
        this.json = json;
        this.maxString = maxString;
        this.use = use;
        this.names = new JsonNames(json);
    }

    /** What a text is used for. */
    public enum Use {
        /** Somebody gives it, and can be told what not every database keeps: of two equal names the first, and the sign of a negative zero. */
        INPUT,
        /** A job has made it. Names must differ too; a negative zero is stored as zero, because the work is done. */
        RESULT,
        /** A database returned it, and any program may have written it. */
        STORED
    }

    /**
     * A text that was scanned.
     *
     * @param problem what is wrong with it, as the end of a sentence; null if nothing is
     * @param json the text to store
     */
    public record Scanned(@Nullable String problem, String json) {}

    /** Scans a text with the limits of {@link #problem}, and says what a store keeps of it. */
    public static Scanned scan(String json, long maxBytes, int maxString, Use use) {
        JsonScanner scanner = new JsonScanner(json, maxString, use);
        String problem = scanner.problem(maxBytes);
        return new Scanned(problem, problem == null ? scanner.withoutSigns() : json);
    }

    /**
     * What is wrong with a text that a database returned, as the end of a sentence: "is too large: …". It tells names and places,
     * and no values, because values may be secrets.
     *
     * @param maxBytes the most bytes of UTF-8, with all numbers written out
     * @param maxString the most characters of one string
     * @return null if nothing is wrong
     */
    public static @Nullable String problem(String json, long maxBytes, int maxString) {
        return new JsonScanner(json, maxString, Use.STORED).problem(maxBytes);
    }

    private @Nullable String problem(long maxBytes) {
        if (json.length() > maxBytes) {
            return tooLarge(bytes(), "", maxBytes);
        }
        try {
            document();
        } catch (Refused refused) {
            return refused.reason;
        }
        long bytes = json.length() + wide;
        if (bytes > maxBytes) {
            return tooLarge(bytes, "", maxBytes);
        }
        return bytes + growth > maxBytes ? tooLarge(bytes + growth, " with its numbers written out", maxBytes) : null;
    }

    private String withoutSigns() {
        return unsigned == null
                ? json
                : unsigned.append(json, unsignedTo, json.length()).toString();
    }

    private static String tooLarge(long bytes, String how, long maxBytes) {
        return "is too large: " + bytes + " bytes of JSON" + how + ", at most " + maxBytes
                + " are allowed; store it elsewhere and pass a reference";
    }

    /** The size of the whole text, well-formed or not. */
    private long bytes() {
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            wide += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
        }
        return json.length() + wide;
    }

    private void document() {
        value();
        skipSpace();
        if (at < json.length()) {
            throw noJson();
        }
    }

    private void value() {
        skipSpace();
        switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void object() {
        enter();
        int mark = names.mark();
        if (!closes('}')) {
            do {
                skipSpace();
                path[depth] = at;
                if (peek() != '"') {
                    throw noJson();
                }
                int length = name();
                if (length > MAX_NAME) {
                    throw new Refused(
                            "holds a name of " + length + " characters, at most " + MAX_NAME + " are allowed");
                }
                skipSpace();
                expect(':');
                value();
            } while (continues('}'));
            int twice = names.end(mark);
            if (twice >= 0) {
                path[depth] = twice;
                throw new Refused("has a name twice in one object" + place()
                        + ", of which databases keep different values; give each name once");
            }
        }
        depth--;
    }

    /** Returns how many chars it has. */
    private int name() {
        if (use == Use.STORED) {
            return string();
        }
        int quote = at;
        int hash = JsonNames.SEED;
        int end = quote + 1;
        while (end < json.length() && isPlain(json.charAt(end))) {
            hash = JsonNames.hash(hash, json.charAt(end));
            end++;
        }
        int length = end - quote - 1;
        if (end == json.length() || json.charAt(end) != '"' || length > maxString) {
            length = string();
            names.add(quote);
        } else {
            at = end + 1;
            names.add(quote, hash);
        }
        return length;
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
    }

    private void array() {
        enter();
        path[depth] = -1;
        if (!closes(']')) {
            value();
            while (continues(']')) {
                path[depth]--;
                value();
            }
        }
        depth--;
    }

    private void enter() {
        if (depth == MAX_DEPTH) {
            throw new Refused("has more than " + MAX_DEPTH + " levels of objects and arrays" + place()
                    + "; make it flatter, or pass a part of it as a string");
        }
        at++;
        depth++;
        if (depth >= path.length) {
            path = Arrays.copyOf(path, path.length == 0 ? FEW_LEVELS + 1 : MAX_DEPTH + 1);
        }
    }

    /** Whether an object or array is empty. */
    private boolean closes(char end) {
        skipSpace();
        if (peek() != end) {
            return false;
        }
        at++;
        return true;
    }

    private boolean continues(char end) {
        skipSpace();
        char c = peek();
        if (c != ',' && c != end) {
            throw noJson();
        }
        at++;
        return c == ',';
    }

    /** Returns how many chars it has. */
    private int string() {
        int from = ++at;
        int escapes = 0;
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                int length = at - 1 - from - escapes;
                if (length > maxString) {
                    throw new Refused("holds a string of " + length + " characters" + place() + ", at most " + maxString
                            + " are allowed; store it elsewhere and pass a reference");
                }
                return length;
            } else if (c == '\\') {
                escapes += escape();
            } else if (c >= 0x80) {
                wide(c);
            } else if (c < ' ') {
                throw c == 0 ? unstorable() : noJson();
            }
        }
    }

    private void wide(char c) {
        if (c < 0x800) {
            wide++;
        } else if (!Character.isSurrogate(c)) {
            wide += 2;
        } else if (Character.isHighSurrogate(c) && Character.isLowSurrogate(peek())) {
            at++;
            wide += 2;
        } else {
            throw unstorable();
        }
    }

    /** Returns how many chars it takes more than what it stands for. */
    private int escape() {
        char c = peek();
        at++;
        if (c != 'u') {
            if ("\"\\/bfnrt".indexOf(c) < 0) {
                throw noJson();
            }
            return 1;
        }
        int unit = hex();
        if (Character.isHighSurrogate((char) unit) && json.startsWith("\\u", at)) {
            at += 2;
            if (Character.isLowSurrogate((char) hex())) {
                return 10;
            }
            throw unstorable();
        }
        if (unit == 0 || Character.isSurrogate((char) unit)) {
            throw unstorable();
        }
        return 5;
    }

    private int hex() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            char c = peek();
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw noJson();
            }
            unit = (unit << 4) | digit;
            at++;
        }
        return unit;
    }

    private void number() {
        int from = at;
        int sign = skip('-') ? 1 : 0;
        boolean startsWithZero = at < json.length() && json.charAt(at) == '0';
        int integer = digits();
        int fraction = skip('.') ? digits() : 0;
        if (integer == 0 || (startsWithZero && integer > 1) || json.charAt(at - 1) == '.') {
            throw noJson();
        }
        if (sign == 1 && startsWithZero && use != Use.STORED && isZero(at - fraction, at)) {
            negativeZero(from);
        }
        int exponentAt = at;
        long exponent = skip('e') || skip('E') ? exponent() : 0;
        long written = Math.max(integer + exponent, 1) + Math.max(fraction - exponent, 0);
        // A reader may count the digits of the exponent as well.
        long digits = Math.max(written, integer + fraction + (at - exponentAt));
        if (digits > MAX_DIGITS) {
            throw new Refused(
                    "holds a number of " + (Math.abs(exponent) == LARGEST_EXPONENT ? "more than " : "") + digits
                            + " digits when it is written out" + place() + ", at most " + MAX_DIGITS
                            + " are allowed; pass it as a string");
        }
        int point = fraction > exponent ? 1 : 0;
        growth += Math.max(0, sign + written + point - (at - from));
    }

    private boolean isZero(int from, int to) {
        for (int i = from; i < to; i++) {
            if (json.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }

    private void negativeZero(int sign) {
        if (use == Use.INPUT) {
            throw new Refused(
                    "holds a negative zero" + place() + ", of which not every database keeps the sign; pass 0.0");
        }
        unsigned = (unsigned == null ? new StringBuilder(json.length()) : unsigned).append(json, unsignedTo, sign);
        unsignedTo = sign + 1;
    }

    private long exponent() {
        boolean isNegative = skip('-');
        if (!isNegative) {
            skip('+');
        }
        int from = at;
        long exponent = 0;
        for (char c = digit(); c != 0; c = digit()) {
            exponent = Math.min(10 * exponent + (c - '0'), LARGEST_EXPONENT);
        }
        if (at == from) {
            throw noJson();
        }
        return isNegative ? -exponent : exponent;
    }

    private int digits() {
        int from = at;
        while (digit() != 0) {
            // Each call takes one.
        }
        return at - from;
    }

    /** Takes one digit; 0 if there is none. */
    private char digit() {
        if (at < json.length()) {
            char c = json.charAt(at);
            if (c >= '0' && c <= '9') {
                at++;
                return c;
            }
        }
        return 0;
    }

    private boolean skip(char wanted) {
        if (at < json.length() && json.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!skip(wanted)) {
            throw noJson();
        }
    }

    private void word(String word) {
        if (!json.startsWith(word, at)) {
            throw noJson();
        }
        at += word.length();
    }

    private void skipSpace() {
        while (at < json.length()) {
            char c = json.charAt(at);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return;
            }
            at++;
        }
    }

    private char peek() {
        if (at >= json.length()) {
            throw noJson();
        }
        return json.charAt(at);
    }

    private static Refused noJson() {
        return new Refused("is no JSON");
    }

    private static Refused unstorable() {
        return new Refused("holds a NUL character or a lone surrogate, which not every database can store");
    }

    /** Where the scanner is, as a path: " at $.shots[3].frames". */
    private String place() {
        StringBuilder place = new StringBuilder(" at $");
        for (int level = 1; level <= depth; level++) {
            int step = path[level];
            if (step < 0) {
                place.append('[').append(-1 - step).append(']');
            } else {
                place.append('.').append(nameAt(step));
            }
        }
        return depth == 0 ? "" : SafeText.line(place.toString(), MOST_SHOWN);
    }

    private String nameAt(int quote) {
        int end = quote + 1;
        while (json.charAt(end) != '"') {
            end += json.charAt(end) == '\\' ? 2 : 1;
        }
        return json.substring(quote + 1, end);
    }

    /** Ends the scan. */
    @SuppressWarnings("serial") // Caught where it is thrown for.
    private static final class Refused extends RuntimeException {
        private final String reason;

        Refused(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
