package io.forthwith.dashboard.internal.http;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a form that the {@link Guard} has let in.
 *
 * @param fields each with its values, in the order of the form
 */
public record Form(Map<String, List<String>> fields) {
    /** The first value of a field, without space around it; null if there is none or it is empty. */
    @Nullable
    public String value(String name) {
        List<String> values = values(name);
        String value = values.isEmpty() ? "" : values.get(0).strip();
        return value.isEmpty() ? null : value;
    }

    /** All values of a field, for example of boxes that are ticked. */
    List<String> values(String name) {
        return fields.getOrDefault(name, List.of());
    }
}
