package io.forthwith.internal;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Which names a person may have meant who has written another one. */
public final class SimilarNames {
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
