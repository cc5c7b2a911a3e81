package io.forthwith.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads texts that are stored, which somebody may have changed by hand. */
public final class StoredTextReader {
    private StoredTextReader() {}

    /**
     * A duration in ISO 8601 within these bounds.
     *
     * @throws IllegalArgumentException if it cannot be read, or is out of them
     */
    public static Duration duration(String what, String text, Duration least, Duration most) {
        try {
            Duration read = Duration.parse(text);
            if (read.compareTo(least) >= 0 && read.compareTo(most) <= 0) {
                return read;
            }
        } catch (DateTimeException unreadable) {
            throw new IllegalArgumentException(
                    what + " \"" + SafeText.line(text, 80) + "\" cannot be read: write PT15M for 15 minutes",
                    unreadable);
        }
        throw new IllegalArgumentException(
                what + " \"" + SafeText.line(text, 80) + "\" is out of range: " + least + " to " + most);
    }

    /** A constant with this name; null if there is no name. */
    public static <E extends Enum<E>> @Nullable E constant(Class<E> type, String what, @Nullable String name) {
        if (name == null) {
            return null;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(what + " \"" + SafeText.line(name, 80) + "\" is unknown: one of "
                + Arrays.toString(type.getEnumConstants()));
    }

    /** The SHA-256 hash of a text. */
    public static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("Every Java has SHA-256", impossible);
        }
    }
}
