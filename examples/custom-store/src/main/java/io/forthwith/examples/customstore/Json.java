package io.forthwith.examples.customstore;

import io.forthwith.store.rows.RowsAsMaps;
import java.util.Map;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Rows as JSON, which people can read and to which later versions can add names. See {@link RowsAsMaps}. */
final class Json {
    private static final TypeReference<Map<String, Object>> VALUES = new TypeReference<>() {};

    /** No limit on the length of texts, because every row that was written must be readable. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

    private Json() {}

    static String write(Map<String, Object> values) {
        return JSON.writeValueAsString(values);
    }

    static Map<String, Object> read(String row) {
        return JSON.readValue(row, VALUES);
    }
}
