package io.forthwith.examples.customstore;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/** Rows as JSON, which people can read and to which later versions can add fields. */
final class Json {
    /** No limit on the length of texts, because every row that was written must be readable. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

    private Json() {}

    static String write(Record row) {
        return JSON.writeValueAsString(row);
    }

    static <T extends Record> T read(String row, Class<T> type) {
        return JSON.readValue(row, type);
    }
}
