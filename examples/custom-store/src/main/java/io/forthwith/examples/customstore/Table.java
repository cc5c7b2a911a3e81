package io.forthwith.examples.customstore;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/**
 * One sorted map of the file. A key consists of parts; one scan reads all entries whose keys begin with the same parts. A scan reads the map
 * as it was when the scan began, also if the map is written meanwhile. Not thread-safe.
 */
final class Table {
    /** Separates parts; no id, name or number contains it. */
    private static final String AND = "|";
    /** Sorts after every key that begins with the same parts. */
    private static final String END = "}";
    /** Added to a number, also to a negative one, so that the sum has 19 digits. */
    private static final long SHIFT = 4_000_000_000_000_000_000L;

    private final MVMap<String, String> map;

    Table(MVStore file, String name) {
        this.map = file.openMap(name);
    }

    /** A key of these parts: ids, names, and {@linkplain #sorted sorted} numbers and times. */
    static String key(Object... parts) {
        StringBuilder key = new StringBuilder();
        for (Object part : parts) {
            key.append(key.isEmpty() ? "" : AND).append(part);
        }
        return key.toString();
    }

    /** A number as text that sorts as numbers do. */
    static String sorted(long number) {
        return Long.toString(SHIFT + number);
    }

    /** A time as text that sorts as times do. */
    static String sorted(Instant time) {
        return sorted(time.getEpochSecond()) + sorted(time.getNano());
    }

    @Nullable
    String get(String key) {
        return map.get(key);
    }

    void put(String key, String value) {
        map.put(key, value);
    }

    void remove(String key) {
        map.remove(key);
    }

    /** Removes all entries whose keys begin with these parts and have more. */
    void removeUnder(String parts) {
        map.cursor(parts + AND, parts + END, false).forEachRemaining(map::remove);
    }

    /**
     * The first parts of the keys, each once, in order. Skips from one to the next without reading the entries between.
     *
     * @param after only those that sort after this; null for all
     * @param limit the most to return
     */
    List<String> firstParts(@Nullable String after, int limit) {
        List<String> parts = new ArrayList<>();
        String key = after == null ? map.firstKey() : map.higherKey(after + END);
        while (key != null && parts.size() < limit) {
            String part = key.substring(0, key.indexOf(AND));
            parts.add(part);
            key = map.higherKey(part + END);
        }
        return parts;
    }

    /** The values whose keys begin with these parts and have more, in the order of the keys. */
    Stream<String> under(String parts) {
        return scan(parts + AND, parts + END, false);
    }

    /** The same in reverse order. */
    Stream<String> lastUnder(String parts) {
        return scan(parts + END, parts + AND, true);
    }

    /** The values under these parts whose next part is {@code from} or sorts after it. */
    Stream<String> underFrom(String parts, String from) {
        return scan(parts + AND + from, parts + END, false);
    }

    /** The values under these parts whose next part is {@code to} or sorts before it. */
    Stream<String> underTo(String parts, String to) {
        return scan(parts + AND, parts + AND + to + END, false);
    }

    /** All values in the order of their keys. */
    Stream<String> all() {
        return scan(null, null, false);
    }

    /** The values of keys that sort after this one; all if it is null. */
    Stream<String> after(@Nullable String key) {
        String first = key == null ? map.firstKey() : map.higherKey(key);
        return first == null ? Stream.empty() : scan(first, null, false);
    }

    /** All values in reverse order; with a key, only those before it. */
    Stream<String> lastBefore(@Nullable String key) {
        String last = key == null ? map.lastKey() : map.lowerKey(key);
        return last == null ? Stream.empty() : scan(last, null, true);
    }

    private Stream<String> scan(@Nullable String from, @Nullable String to, boolean backwards) {
        Cursor<String, String> cursor = map.cursor(from, to, backwards);
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(cursor, Spliterator.ORDERED), false)
                .map(key -> cursor.getValue());
    }
}
