package io.forthwith.worker;

import io.forthwith.internal.SimilarNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which registered type somebody may have meant by an unknown one. It remembers the names that it was asked for last, so that many jobs of one unknown
 * type cost one comparison, and one line of the log. Thread-safe.
 */
final class MeantTypes {
    /** Names come from rows, so there may be any number of them. */
    static final int MOST_NAMES = 1_000;
    /** No type is that long. */
    private static final int LONGEST_NAME = 200;

    private static final Meant NOTHING = new Meant(null, false);

    private final Set<String> registered;
    private final Map<String, Meant> known = new LinkedHashMap<>();

    /**
     * What somebody may have meant.
     *
     * @param type a registered type; null if none is near
     * @param isNews whether the answer was not given lately
     */
    record Meant(@Nullable String type, boolean isNews) {
        private Meant again() {
            return new Meant(type, false);
        }
    }

    MeantTypes(Set<String> registered) {
        this.registered = registered;
    }

    synchronized Meant by(String unknown) {
        if (unknown.length() > LONGEST_NAME) {
            return NOTHING;
        }
        Meant before = known.get(unknown);
        if (before != null) {
            return before;
        }
        Meant found = new Meant(SimilarNames.nearest(unknown, registered), true);
        known.put(unknown, found.again());
        if (known.size() > MOST_NAMES) {
            known.remove(known.keySet().iterator().next());
        }
        return found;
    }
}
