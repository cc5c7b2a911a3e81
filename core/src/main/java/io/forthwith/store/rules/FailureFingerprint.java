package io.forthwith.store.rules;

import io.forthwith.JobError;
import io.forthwith.internal.SafeText;
import io.forthwith.internal.StoredTextReader;
import io.forthwith.store.count.JobFailures;
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
        Common common = Common.of(error.code(), error.exceptionClass(), error.message());
        return new JobFailures(
                common.hash(safeType + '\n'),
                safeType,
                common.code,
                common.exceptionClass,
                common.message,
                1,
                isLast ? 1 : 0,
                jobId,
                at,
                at);
    }

    /**
     * What a store writes with each failed attempt, beside the type of its job, to find those with one cause: a short hash of the code, the class, and the message without numbers
     * and ids.
     */
    public static String cause(String code, @Nullable String exceptionClass, String message) {
        return Common.of(code, exceptionClass, message).hash("");
    }

    /** The {@linkplain #cause(String, String, String) cause} of the attempts that were counted as one. Of {@link JobFailures#OTHER} no attempt has it. */
    public static String cause(JobFailures counted) {
        return new Common(counted.code(), counted.exceptionClass(), counted.message()).hash("");
    }

    /** What a failed attempt shares with others, of any type. */
    private record Common(String code, @Nullable String exceptionClass, String message) {
        static Common of(String code, @Nullable String exceptionClass, String message) {
            return new Common(
                    SafeText.line(code, LONGEST_NAME),
                    exceptionClass == null ? null : SafeText.line(exceptionClass, LONGEST_NAME),
                    masked(message));
        }

        String hash(String before) {
            byte[] hash = StoredTextReader.sha256(
                    before + code + '\n' + (exceptionClass == null ? "" : exceptionClass) + '\n' + message);
            return HexFormat.of().formatHex(hash, 0, BYTES);
        }
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

    private static boolean hasDigit(String line, int begin, int end) {
        for (int i = begin; i < end; i++) {
            if (Character.isDigit(line.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static void word(String line, int begin, int end, StringBuilder masked) {
        if (end - begin >= SHORTEST_ID && hasDigit(line, begin, end)) {
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
