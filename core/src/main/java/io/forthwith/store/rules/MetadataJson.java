package io.forthwith.store.rules;

import io.forthwith.internal.StringsAsJson;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@linkplain io.forthwith.Job#metadata metadata} of a job as JSON, for stores that keep it in one column. */
public final class MetadataJson {
    private MetadataJson() {}

    /** An object of strings, in the order of the keys; null for none. */
    public static @Nullable String write(Map<String, String> metadata) {
        return metadata.isEmpty() ? null : StringsAsJson.write(metadata);
    }

    /** Reads an object of strings. Any program may write the column: null, and text that is no such object, is read as none. */
    public static Map<String, String> read(@Nullable String json) {
        return json == null ? Map.of() : StringsAsJson.read(json);
    }
}
