package io.forthwith.json;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.NewJob;
import io.forthwith.internal.SafeText;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes inputs and results as JSON and reads them, within limits: 256 KiB by default, 100 levels, numbers of 1,000
 * digits, names of 1,000 characters. It never loads a class that the JSON names. Immutable and thread-safe.
 */
public final class JobCodec {
    /** The largest input or result, in bytes of UTF-8, by default. */
    public static final int DEFAULT_MAX_BYTES = 256 * 1024;

    private static final int MAX_DEPTH = 100;
    private static final int MAX_NUMBER = 1_000;
    private static final int MAX_NAME = 1_000;

    private static final JobCodec STANDARD = new JobCodec(DEFAULT_MAX_BYTES);

    /** A database may return the same JSON with more white space. */
    private static final int STORED_GROWTH = 4;

    private final int maxBytes;
    private final JsonMapper mapper;

    private JobCodec(int maxBytes) {
        this.maxBytes = maxBytes;
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER)
                        .maxNameLength(MAX_NAME)
                        .maxStringLength(maxBytes)
                        .maxDocumentLength((long) maxBytes * STORED_GROWTH)
                        .build())
                .streamWriteConstraints(StreamWriteConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .build();
        this.mapper = JsonMapper.builder(factory)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /** The codec with default limits. */
    public static JobCodec standard() {
        return STANDARD;
    }

    /**
     * A codec with another limit for one input or result.
     *
     * @throws IllegalArgumentException unless it is 1 KiB to 64 MiB
     */
    public JobCodec maxBytes(int bytes) {
        if (bytes < 1024 || bytes > 64 * 1024 * 1024) {
            throw new IllegalArgumentException("Max bytes " + bytes + " is out of range: 1 KiB to 64 MiB");
        }
        return new JobCodec(bytes);
    }

    /**
     * Writes a value as JSON that every database can store.
     *
     * @param what what the value is, used in the message: "The input of job …"
     * @throws IllegalArgumentException if it cannot be written as JSON, is too large or too deep, or has a NUL or a
     *     lone surrogate; the message names the rule
     */
    public String encode(String what, @Nullable Object value) {
        String json;
        try {
            json = mapper.writeValueAsString(value);
            requireReadable(json);
        } catch (JacksonException | StackOverflowError refused) {
            throw new IllegalArgumentException(
                    what + " (" + nameOf(value) + ") cannot be written as JSON: " + reason(refused), refused);
        }
        requireStorable(what + " (" + nameOf(value) + ")", json);
        return json;
    }

    /**
     * Writes the input of a new job as JSON.
     *
     * @throws IllegalArgumentException if it cannot be written or stored; the message names the type of the job and the
     *     rule
     */
    public String encodeInput(NewJob job) {
        return encode("The input of job type " + job.type().name(), job.input());
    }

    /**
     * Reads JSON into a class.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit the class or is null
     */
    public <T> T decode(@Nullable String json, Class<T> type) {
        T value;
        try {
            value = mapper.readValue(json == null ? "null" : json, type);
        } catch (JacksonException | StackOverflowError refused) {
            // Without the cause, because its message quotes the value.
            throw JobException.permanent(
                    "undecodable_input",
                    "The stored JSON does not fit " + type.getSimpleName() + ": " + reason(refused),
                    null);
        }
        if (value == null) {
            throw JobException.permanent(
                    "undecodable_input", "The stored JSON is null, expected " + type.getSimpleName(), null);
        }
        return value;
    }

    /**
     * Reads the result of a job.
     *
     * @return the result; empty if the job has none
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit the class
     */
    public <T> Optional<T> decodeResult(Job job, Class<T> type) {
        return job.result() == null ? Optional.empty() : Optional.of(decode(job.result(), type));
    }

    /** Finds names and numbers that are too long when the job is enqueued, not when it runs. */
    private void requireReadable(String json) {
        if (json.length() <= Math.min(MAX_NAME, MAX_NUMBER)) {
            return;
        }
        try (JsonParser parser = mapper.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
                    parser.getNumberValueDeferred();
                }
            }
        }
    }

    private void requireStorable(String what, String json) {
        // A cheap check first: a UTF-16 unit takes at most three bytes.
        if (json.length() > maxBytes / 3) {
            int bytes = json.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > maxBytes) {
                throw new IllegalArgumentException(what + " is too large: " + bytes + " bytes of JSON, at most "
                        + maxBytes + " are allowed; store it elsewhere and pass a reference");
            }
        }
        // JSON escapes a NUL, but databases refuse it when they unescape it.
        if (!SafeText.isStorable(json) || holdsEscapedNul(json)) {
            throw new IllegalArgumentException(
                    what + " holds a NUL character or a lone surrogate, which not every database can store");
        }
    }

    private static boolean holdsEscapedNul(String json) {
        for (int at = json.indexOf("\\u0000"); at >= 0; at = json.indexOf("\\u0000", at + 1)) {
            int backslashes = 0;
            for (int i = at; i >= 0 && json.charAt(i) == '\\'; i--) {
                backslashes++;
            }
            if (backslashes % 2 == 1) {
                return true;
            }
        }
        return false;
    }

    private static String nameOf(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getSimpleName();
    }

    /** What went wrong, without any value, because values may be secrets. */
    private static String reason(Throwable refused) {
        if (refused instanceof StackOverflowError || refused instanceof StreamConstraintsException) {
            return "it is too deep or too long";
        }
        if (refused instanceof DatabindException databind && !databind.getPath().isEmpty()) {
            return "it does not fit at " + SafeText.line(databind.getPathReference(), 200);
        }
        return refused instanceof StreamReadException
                ? "it is no JSON, or a number in it is out of range"
                : "it has another shape";
    }
}
