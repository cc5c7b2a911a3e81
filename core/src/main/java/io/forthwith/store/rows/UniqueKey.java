package io.forthwith.store.rows;

import org.jspecify.annotations.Nullable;

/** A type and a unique key, which at most one open job holds. */
record UniqueKey(String type, String key) {
    static @Nullable UniqueKey of(String type, @Nullable String key) {
        return key == null ? null : new UniqueKey(type, key);
    }
}
