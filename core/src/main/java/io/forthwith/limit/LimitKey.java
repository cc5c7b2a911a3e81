package io.forthwith.limit;

import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;

/**
 * One of the keys that a limit holds for, each by itself: the tenant {@code acme} of the limit {@code tenant}. Immutable.
 *
 * @param name the name of the limit; {@value #TYPE} for the limit of a job type
 * @param key for whom or what it holds, of the characters of a name, 1 to 128
 */
public record LimitKey(String name, String key) implements Comparable<LimitKey> {
    /** The name of all limits on types: the key is the type. */
    public static final String TYPE = "type";

    /** The name of the limit that lets the jobs of a sequence run one at a time: the key is that of the sequence. It needs no declaration. */
    public static final String SEQUENCE = "sequence";

    /** The name of what jobs are under that are {@linkplain io.forthwith.NewJob#fairBy fair by} a key. It needs no declaration, and holds nobody up. */
    public static final String FAIR = "fair";

    /** Checks both. */
    public LimitKey {
        NullRules.require(name, "name", "give the name of the limit, such as \"tenant\"");
        NullRules.require(key, "key", "give for whom or what the limit holds");
        Limit.requireName(name);
        NameRules.require("Limit key", key);
    }

    /** The key of a job type. */
    public static LimitKey ofType(String type) {
        return new LimitKey(TYPE, NullRules.require(type, "type", "give the name of a job type"));
    }

    /** The key of jobs that are {@linkplain io.forthwith.NewJob#fairBy fair by} this text. */
    public static LimitKey fairBy(String key) {
        return new LimitKey(FAIR, key);
    }

    /** Whether the jobs under this key take turns with those of other keys. */
    public boolean isFair() {
        return name.equals(FAIR);
    }

    /** Whether the jobs under this key run one after the other. */
    public boolean isSequence() {
        return name.equals(SEQUENCE);
    }

    /** Reads what {@link #text} has written. */
    public static LimitKey parse(String text) {
        NullRules.require(text, "text", "give the text of a key, such as \"tenant:acme\"");
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not the key of a limit: a name, a colon and a key");
        }
        return new LimitKey(text.substring(0, colon), text.substring(colon + 1));
    }

    /** Name and key, with a colon between: {@code tenant:acme}. */
    public String text() {
        return name + ":" + key;
    }

    /** The name under which its limit is declared: its own name, but each type has a limit of its own, {@code type:image.render}. */
    public String limitName() {
        return name.equals(TYPE) ? text() : name;
    }

    @Override
    public int compareTo(LimitKey other) {
        // As their texts are ordered, mostly without making them.
        return name.equals(other.name) ? key.compareTo(other.key) : text().compareTo(other.text());
    }

    @Override
    public String toString() {
        return text();
    }
}
