package io.forthwith.examples.customstore;

import java.time.Instant;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/**
 * One sorted map of the file. A key is made of parts, and what begins with the same parts is read by one scan. What is read while the map
 * is written stays as it was when the scan began. Not thread-safe.
 */
final class Table {
    /** Stands between parts: no id, name or number has it. */
    private static final String AND = "|";
    /** Sorts after everything that begins with some parts. */
    private static final String END = "}";
    /** Added to a number, also to one below zero, it makes 19 digits of it. */
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

    /** Removes all whose keys begin with these parts, and have more. */
    void removeUnder(String parts) {
        map.cursor(parts + AND, parts + END, false).forEachRemaining(map::remove);
    }

    /** All values, in the order of their keys. */
    Stream<String> all() {
        return scan(null, null, false);
    }

    /** The values whose keys begin with these parts, and have more, in the order of the keys. */
    Stream<String> under(String parts) {
        return scan(parts + AND, parts + END, false);
    }

    /** The same, the last one first. */
    Stream<String> lastUnder(String parts) {
        return scan(parts + END, parts + AND, true);
    }

    /** Those of the values under these parts whose next part is {@code from} or sorts after it. */
    Stream<String> underFrom(String parts, String from) {
        return scan(parts + AND + from, parts + END, false);
    }

    /** Those of the values under these parts whose next part is {@code to} or sorts before it. */
    Stream<String> underTo(String parts, String to) {
        return scan(parts + AND, parts + AND + to + END, false);
    }

    /** All values, the last one first, or only those before a key. */
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
