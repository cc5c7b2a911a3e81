package io.forthwith.jdbc.internal.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Divides what a statement takes at once, by number and by length of text. A driver and a server hold the text of a
 * statement several times.
 */
public final class Pieces {
    /** A piece gets no more items once it has this many characters of text. */
    public static final long MOST_TEXT = 2L << 20;

    private Pieces() {}

    /**
     * The items in pieces, in the same order.
     *
     * @param most how many items a piece may have
     * @param text the length of the text of an item
     */
    public static <E> List<List<E>> of(List<E> items, int most, ToLongFunction<E> text) {
        List<List<E>> pieces = new ArrayList<>();
        int from = 0;
        long length = 0;
        for (int i = 0; i < items.size(); i++) {
            length += text.applyAsLong(items.get(i));
            if (length >= MOST_TEXT || i + 1 - from == most) {
                pieces.add(items.subList(from, i + 1));
                from = i + 1;
                length = 0;
            }
        }
        if (from < items.size()) {
            pieces.add(items.subList(from, items.size()));
        }
        return pieces;
    }
}
