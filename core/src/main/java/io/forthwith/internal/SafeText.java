package io.forthwith.internal;

import org.jspecify.annotations.Nullable;

/**
 * Makes text from outside safe to store in any database and to write to any log: without NUL, control characters and
 * lone surrogates, and not too long.
 */
public final class SafeText {
    private static final int REPLACEMENT = 0xFFFD;

    private SafeText() {}

    /** A text of one line: every control character, line break and bidirectional override becomes a space. */
    public static String line(@Nullable String text, int maxCodePoints) {
        return clean(text, maxCodePoints, false);
    }

    /** A text of several lines: line feeds and tabs stay, everything else is treated as in {@link #line}. */
    public static String block(@Nullable String text, int maxCodePoints) {
        return clean(text, maxCodePoints, true);
    }

    /** Whether every database can store {@code text} unchanged: it has neither NUL nor a lone surrogate. */
    public static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            if (codePoint == 0 || isSurrogate(codePoint)) {
                return false;
            }
            i += Character.charCount(codePoint);
        }
        return true;
    }

    private static String clean(@Nullable String text, int maxCodePoints, boolean keepLines) {
        if (text == null) {
            return "";
        }
        if (isPlain(text, maxCodePoints)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(Math.min(text.length(), maxCodePoints));
        int taken = 0;
        for (int i = 0; i < text.length(); taken++) {
            if (taken == maxCodePoints) {
                return safe.append('…').toString();
            }
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            safe.appendCodePoint(safe(codePoint, keepLines));
        }
        return safe.toString();
    }

    /** Whether a text stays as it is: most names and messages are short and have only printable characters of ASCII. */
    private static boolean isPlain(String text, int maxCodePoints) {
        if (text.length() > maxCodePoints) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    private static int safe(int codePoint, boolean keepLines) {
        if (isSurrogate(codePoint)) {
            return REPLACEMENT;
        }
        if (keepLines && (codePoint == '\n' || codePoint == '\t')) {
            return codePoint;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> ' ';
            // Bidirectional overrides and other invisible characters could make a log line look like another one.
            case Character.FORMAT -> codePoint == 0x200D || codePoint == 0x200C ? codePoint : ' ';
            default -> codePoint;
        };
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
