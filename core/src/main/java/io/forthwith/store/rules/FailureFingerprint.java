package io.forthwith.store.rules;

import io.forthwith.JobError;
import io.forthwith.insight.JobFailures;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StoredTexts;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What failed attempts with one cause have in common: type, code and class, and the message without what differs from job to job. Pure functions. */
public final class FailureFingerprint {
    private static final int LONGEST_NAME = 128;
    private static final int LONGEST_MESSAGE = 200;
    /** A word with digits that is as long is an id or a time. */
    private static final int SHORTEST_ID = 12;

    private static final int BYTES = 8;

    private FailureFingerprint() {}

    /**
     * A failed attempt, counted once.
     *
     * @param isLast whether its job has failed with it
     * @param at when it failed
     */
    public static JobFailures of(UUID jobId, String type, JobError error, boolean isLast, Instant at) {
        String safeType = SafeText.line(type, LONGEST_NAME);
        String code = SafeText.line(error.code(), LONGEST_NAME);
        String exceptionClass =
                error.exceptionClass() == null ? null : SafeText.line(error.exceptionClass(), LONGEST_NAME);
        String message = masked(error.message());
        return new JobFailures(
                hash(safeType, code, exceptionClass, message),
                safeType,
                code,
                exceptionClass,
                message,
                1,
                isLast ? 1 : 0,
                jobId,
                at,
                at);
    }

    private static String hash(String type, String code, @Nullable String exceptionClass, String message) {
        byte[] hash = StoredTexts.sha256(
                type + '\n' + code + '\n' + (exceptionClass == null ? "" : exceptionClass) + '\n' + message);
        return HexFormat.of().formatHex(hash, 0, BYTES);
    }

    /** A message with {@code #} in place of numbers and ids, cut. */
    static String masked(String message) {
        String line = SafeText.line(message, 2 * LONGEST_MESSAGE);
        StringBuilder masked = new StringBuilder(line.length());
        int i = 0;
        while (i < line.length()) {
            int end = i;
            while (end < line.length() && isOfWord(line.charAt(end))) {
                end++;
            }
            if (end == i) {
                masked.append(line.charAt(i++));
            } else {
                word(line, i, end, masked);
                i = end;
            }
        }
        return SafeText.line(masked.toString(), LONGEST_MESSAGE);
    }

    private static boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '-' || c == '_';
    }

    private static void word(String line, int begin, int end, StringBuilder masked) {
        boolean hasDigit = line.substring(begin, end).chars().anyMatch(Character::isDigit);
        if (hasDigit && end - begin >= SHORTEST_ID) {
            masked.append('#');
            return;
        }
        for (int i = begin; i < end; i++) {
            char c = line.charAt(i);
            if (!Character.isDigit(c)) {
                masked.append(c);
            } else if (i == begin || !Character.isDigit(line.charAt(i - 1))) {
                masked.append('#');
            }
        }
    }
}
