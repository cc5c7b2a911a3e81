package io.forthwith.internal;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which names a person may have meant who has written another one. */
public final class SimilarNames {
    /** A longer name is not compared: the comparison takes time that grows with its square. */
    private static final int LONGEST = 200;

    private static final Pattern MARKS = Pattern.compile("[-_. ]+");

    private SimilarNames() {}

    /** Up to {@code most} of the names, each once, those first that differ least from {@code name}, in any case. */
    public static List<String> to(String name, Stream<String> names, int most) {
        String wanted = name.toLowerCase(Locale.ROOT);
        return names.distinct()
                .sorted(Comparator.comparing((String each) -> -sharedLetters(wanted, each.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(most)
                .toList();
    }

    /**
     * The name that a person most likely meant who has written {@code name}: it differs only in case, in the marks between words, or in a few letters; the
     * longer it is, the more. Null if none is that near.
     */
    public static @Nullable String nearest(String name, Collection<String> names) {
        String wanted = name.length() > LONGEST ? "" : plain(name);
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String each : wanted.isEmpty() ? List.<String>of() : names) {
            String other = plain(each);
            int most = Math.min(least - 1, allowed(Math.min(wanted.length(), other.length())));
            // The first comparison is cheap, and nearly always enough.
            if (Math.abs(wanted.length() - other.length()) <= most) {
                int distance = distance(wanted, other);
                if (distance <= most) {
                    nearest = each;
                    least = distance;
                }
            }
        }
        return nearest;
    }

    /** Without case and marks: {@code sendMail}, {@code send-mail} and {@code SEND_MAIL} are one. */
    private static String plain(String name) {
        return MARKS.matcher(name).replaceAll("").toLowerCase(Locale.ROOT);
    }

    /** How many mistakes there may be in a name of this length. */
    private static int allowed(int length) {
        if (length < 4) {
            return 0;
        }
        return length < 8 ? 1 : length < 16 ? 2 : 3;
    }

    /** How many letters are to be added, left out, changed, or exchanged with their neighbours to make one text the other. */
    private static int distance(String one, String other) {
        int[] twoBefore = new int[other.length() + 1];
        int[] before = new int[other.length() + 1];
        int[] row = new int[other.length() + 1];
        Arrays.setAll(before, column -> column);
        for (int i = 1; i <= one.length(); i++) {
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int changed = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, Math.min(before[j], row[j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    row[j] = Math.min(row[j], twoBefore[j - 2] + 1);
                }
            }
            int[] oldest = twoBefore;
            twoBefore = before;
            before = row;
            row = oldest;
        }
        return before[other.length()];
    }

    /** How many letters two names have in common at their beginning and at their end. */
    private static int sharedLetters(String one, String other) {
        int shortest = Math.min(one.length(), other.length());
        int front = 0;
        while (front < shortest && one.charAt(front) == other.charAt(front)) {
            front++;
        }
        int back = 0;
        while (back < shortest - front
                && one.charAt(one.length() - 1 - back) == other.charAt(other.length() - 1 - back)) {
            back++;
        }
        return front + back;
    }
}
