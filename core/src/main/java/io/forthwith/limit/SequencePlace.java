package io.forthwith.limit;

import io.forthwith.internal.CheckReturnValue;
import java.util.Objects;

/**
 * The place of a job in a sequence. Immutable.
 *
 * @param key whose jobs run one after the other
 * @param number the place: lower ones run first
 * @param onFailure what happens to the jobs behind it when it fails for good
 */
@CheckReturnValue
public record SequencePlace(String key, long number, SequenceFailurePolicy onFailure) {
    /** Checks the key. */
    public SequencePlace {
        key = limitKey(key).key();
        Objects.requireNonNull(onFailure, "onFailure");
    }

    /** The key under which the jobs of a sequence run one at a time. */
    public static LimitKey limitKey(String key) {
        return new LimitKey(LimitKey.SEQUENCE, key);
    }

    /** Returns the key under which the jobs of this sequence run one at a time. */
    public LimitKey limitKey() {
        return limitKey(key);
    }

    /** Returns this sequence at another place. */
    public SequencePlace at(long place) {
        return new SequencePlace(key, place, onFailure);
    }

    /** Returns this place with another policy. */
    public SequencePlace onFailure(SequenceFailurePolicy policy) {
        return new SequencePlace(key, number, policy);
    }
}
