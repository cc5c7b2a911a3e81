package io.forthwith.jdbc.families;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Short names for jobs and workers, and the ids they stand for. Later jobs do not have higher ids. */
final class Cast {
    private final Map<String, UUID> ids = new HashMap<>();
    private final Map<UUID, String> names = new HashMap<>();

    UUID id(String name) {
        return ids.computeIfAbsent(name, key -> {
            long number = ids.size() + 1L;
            // Any odd factor gives each number another place.
            long place = number * 40_503 & 0xffff;
            UUID id = new UUID(0x0190_0000_0000_7000L | place << 16, 0x8000_0000_0000_0000L | number);
            names.put(id, key);
            return id;
        });
    }

    String name(@Nullable UUID id) {
        return id == null ? "nobody" : names.getOrDefault(id, "stranger " + id);
    }
}
