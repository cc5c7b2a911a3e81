package io.forthwith.dashboard.internal.html;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTML. The only place that writes it: every text and every value of an attribute is escaped, and characters that cannot be seen, or that
 * change the direction of what follows, are written as visible signs.
 */
public final class Html {
    private static final Set<String> VOID = Set.of("br", "col", "hr", "img", "input", "link", "meta");

    /** Shown for a control character: its picture in Unicode. */
    private static final char CONTROL_PICTURES = '\u2400';

    private static final char DELETE = '\u007f';
    private static final char DELETE_PICTURE = '\u2421';
    private static final char REPLACEMENT = '\ufffd';

    private Html() {}

    /**
     * An element.
     *
     * @param name its name, always a constant
     * @param content attributes first, then what is in it: nodes, and texts and numbers, which are escaped; null is left out, and so is an
     *     attribute without a value
     */
    public static Node el(String name, @Nullable Object... content) {
        StringBuilder out = new StringBuilder().append('<').append(name);
        for (Object each : content) {
            if (each instanceof Attribute attribute && !attribute.isNowhere()) {
                out.append(' ').append(attribute.name()).append("=\"");
                escape(attribute.value(), out);
                out.append('"');
            }
        }
        out.append('>');
        if (VOID.contains(name)) {
            return new Node(out);
        }
        for (Object each : content) {
            if (!(each instanceof Attribute)) {
                append(each, out);
            }
        }
        return new Node(out.append("</").append(name).append('>'));
    }

    /** Several, one after the other. */
    public static Node all(@Nullable Object... content) {
        StringBuilder out = new StringBuilder();
        for (Object each : content) {
            append(each, out);
        }
        return new Node(out);
    }

    /** A text, escaped. */
    public static Node text(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        escape(text, out);
        return new Node(out);
    }

    /** A text that somebody else has written: it cannot change the direction of what stands beside it. */
    public static Node foreign(@Nullable String text) {
        return text == null ? Node.NONE : el("bdi", text);
    }

    /** An attribute. */
    public static Attribute attr(String name, Object value) {
        return new Attribute(name, value.toString());
    }

    /** An attribute, or none. */
    public static @Nullable Attribute attrIf(boolean isThere, String name, Object value) {
        return isThere ? attr(name, value) : null;
    }

    /** The class of an element. */
    public static Attribute css(String classes) {
        return new Attribute("class", classes);
    }

    private static void append(@Nullable Object each, StringBuilder out) {
        if (each instanceof Node node) {
            node.writeTo(out);
        } else if (each instanceof Iterable<?> several) {
            several.forEach(one -> append(one, out));
        } else if (each != null) {
            escape(each.toString(), out);
        }
    }

    private static void escape(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n', '\t' -> out.append(c);
                default -> i = visible(text, i, out);
            }
        }
    }

    /** Writes the character at {@code i}, and returns where its last half is. */
    private static int visible(String text, int i, StringBuilder out) {
        char c = text.charAt(i);
        if (c < ' ') {
            out.append((char) (CONTROL_PICTURES + c));
        } else if (c == DELETE) {
            out.append(DELETE_PICTURE);
        } else if (Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1))) {
            out.append(c).append(text.charAt(i + 1));
            return i + 1;
        } else if (Character.isSurrogate(c)) {
            out.append(REPLACEMENT);
        } else if (isUnseen(c)) {
            out.append(String.format("\u2039U+%04X\u203a", (int) c));
        } else {
            out.append(c);
        }
        return i;
    }

    /** Controls of C1, marks and overrides of direction, and what has no width: they can make a text look like another one. */
    private static boolean isUnseen(char c) {
        return (c >= '\u0080' && c <= '\u009f')
                || c == '\u061c'
                || (c >= '\u200b' && c <= '\u200f')
                || (c >= '\u2028' && c <= '\u202e')
                || (c >= '\u2060' && c <= '\u206f')
                || c == '\ufeff';
    }
}
