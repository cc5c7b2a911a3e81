package io.forthwith.store;

import io.forthwith.internal.SafeText;
import java.util.Objects;
import java.util.UUID;

/**
 * A running worker, as registered. Immutable.
 *
 * @param id a new one for every registration
 * @param name a label for people; need not be unique
 * @param host the machine it runs on
 * @param pid its process
 */
public record WorkerInfo(UUID id, String name, String host, long pid) {
    /** Makes the texts safe to store. */
    public WorkerInfo {
        Objects.requireNonNull(id, "id");
        name = SafeText.line(name, 200);
        host = SafeText.line(host, 200);
    }
}
