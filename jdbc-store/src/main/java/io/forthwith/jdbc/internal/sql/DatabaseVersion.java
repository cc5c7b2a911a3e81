package io.forthwith.jdbc.internal.sql;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Refuses versions of databases that are too old for the statements of the store. */
public final class DatabaseVersion {
    /** Servers up to MariaDB 10 begin with "5.5.5-", for clients that expect a single digit. */
    private static final Pattern NUMBERS = Pattern.compile("(?:5\\.5\\.5-)?(\\d+(?:\\.\\d+)*)");

    private DatabaseVersion() {}

    /**
     * Does nothing if the version is new enough.
     *
     * @param version as the database tells it; the numbers at its start count
     * @throws IllegalArgumentException if it is older than {@code oldest}, or has no number
     */
    public static void require(String product, String version, String oldest) {
        Matcher numbers = NUMBERS.matcher(version);
        if (!numbers.lookingAt() || Arrays.compare(parts(numbers.group(1)), parts(oldest)) < 0) {
            throw new IllegalArgumentException(
                    product + " " + version + " is not supported: version " + oldest + " or newer is needed");
        }
    }

    private static int[] parts(String version) {
        return Pattern.compile("\\.")
                .splitAsStream(version)
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
