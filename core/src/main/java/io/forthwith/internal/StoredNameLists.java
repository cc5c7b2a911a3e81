package io.forthwith.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Lists of names that are stored as one text. */
public final class StoredNameLists {
    /** Stands between the names. */
    public static final String SEPARATOR = ",";

    /** What the names of one list may have in all, one separator after each included. */
    private static final int MOST_CHARACTERS = 10_000;

    private StoredNameLists() {}

    /**
     * The names that have room in one text.
     *
     * @param mark stands for those that are left out, as the last one; a list that has it already ends with it
     */
    public static List<String> cut(Collection<String> names, String mark) {
        List<String> kept = new ArrayList<>();
        int left = MOST_CHARACTERS - mark.length() - SEPARATOR.length();
        for (String name : names) {
            left -= name.length() + SEPARATOR.length();
            if (left < 0 || name.equals(mark)) {
                kept.add(mark);
                break;
            }
            kept.add(name);
        }
        return List.copyOf(kept);
    }
}
