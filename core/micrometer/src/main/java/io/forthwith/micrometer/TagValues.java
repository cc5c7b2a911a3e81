package io.forthwith.micrometer;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The values of a tag: the first ones that come, and {@link #OTHER} in place of all later ones. Thread-safe. */
final class TagValues {
    static final String OTHER = "other";

    private final int most;
    private final Set<String> kept = ConcurrentHashMap.newKeySet();

    TagValues(int most) {
        this.most = most;
    }

    /** The value, if it is one of the first. */
    String add(String value) {
        return has(value) || keep(value) ? value : OTHER;
    }

    boolean has(String value) {
        return kept.contains(value);
    }

    private boolean keep(String value) {
        if (value.isEmpty() || kept.size() >= most) {
            return false;
        }
        synchronized (this) {
            return has(value) || (kept.size() < most && kept.add(value));
        }
    }
}
