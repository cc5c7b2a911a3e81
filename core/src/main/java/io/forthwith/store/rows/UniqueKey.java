package io.forthwith.store.rows;

import org.jspecify.annotations.Nullable;

/** What at most one open job may hold. */
record UniqueKey(String type, String key) {
    static @Nullable UniqueKey of(String type, @Nullable String key) {
        return key == null ? null : new UniqueKey(type, key);
    }
}
