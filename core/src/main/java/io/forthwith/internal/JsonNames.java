package io.forthwith.internal;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The names of the objects that a scan is inside of. It finds a name that an object has twice, also if one of the two has escapes.
 * Not thread-safe.
 *
 * <p>A name is its hash and its place. When an object ends, its names are the last ones: they are sorted by their hashes, so equal
 * names are neighbours. So it costs little for an object of few names, and no square of them for one of many.
 */
final class JsonNames {
    /** It differs in each process, so nobody can make up names that have one hash. */
    static final int SEED = new SplittableRandom().nextInt();

    private static final long[] NONE = {};
    private static final int FEW = 8;

    private final String json;
    private long[] names = NONE;
    private int count;

    JsonNames(String json) {
        this.json = json;
    }

    /** The hash of a name that goes on with this character. */
    static int hash(int hash, char next) {
        int mixed = (hash ^ next) * 0x9E3779B1;
        return mixed ^ (mixed >>> 15);
    }

    /** Where the names of an object begin that begins now. */
    int mark() {
        return count;
    }

    void add(int quote, int hash) {
        if (count == names.length) {
            names = Arrays.copyOf(names, count == 0 ? FEW : 2 * count);
        }
        names[count++] = ((long) hash << 32) | quote;
    }

    /** Adds a name that has escapes, or characters outside of ASCII. */
    void add(int quote) {
        String name = decoded(quote);
        int hash = SEED;
        for (int i = 0; i < name.length(); i++) {
            hash = hash(hash, name.charAt(i));
        }
        add(quote, hash);
    }

    /** Ends the object whose names began at this mark. Returns the quote before a name that it has twice, or -1. */
    int end(int mark) {
        int end = count;
        count = mark;
        if (end - mark < 2) {
            return -1;
        }
        Arrays.sort(names, mark, end);
        for (int i = mark + 1; i < end; i++) {
            for (int before = i - 1; before >= mark && names[before] >> 32 == names[i] >> 32; before--) {
                if (decoded((int) names[before]).equals(decoded((int) names[i]))) {
                    return (int) names[i];
                }
            }
        }
        return -1;
    }

    /** What the string at this quote stands for. */
    private String decoded(int quote) {
        StringBuilder text = new StringBuilder();
        int at = quote + 1;
        for (char c = json.charAt(at); c != '"'; c = json.charAt(at)) {
            if (c != '\\') {
                text.append(c);
                at++;
            } else if (json.charAt(at + 1) == 'u') {
                text.append((char) Integer.parseInt(json.substring(at + 2, at + 6), 16));
                at += 6;
            } else {
                char escaped = json.charAt(at + 1);
                int control = "bfnrt".indexOf(escaped);
                text.append(control < 0 ? escaped : "\b\f\n\r\t".charAt(control));
                at += 2;
            }
        }
        return text.toString();
    }
}
