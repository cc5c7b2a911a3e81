package io.forthwith.json.internal;

import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.TypeRef;
import io.forthwith.internal.JsonScanner;
import io.forthwith.internal.SafeText;
import io.forthwith.json.JobCodec;
import io.forthwith.store.EncodedJob;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Inputs and results as JSON, by a codec and within the limits that are the same for all codecs and stores. Thread-safe.
 */
public final class JobJson {
    /** A database may return the same JSON with more white space. */
    private static final int STORED_GROWTH = 4;

    /** What is stored as the input of a job without input. */
    private static final String NO_INPUT = "{}";

    private static final int LONGEST_REASON = 2_000;

    private static volatile @Nullable JobJson standard;

    private final JobCodec codec;
    private final int maxBytes;
    /** The types of inputs of which a value was written and could be read. */
    private final Set<Type> readable = ConcurrentHashMap.newKeySet();

    private JobJson(JobCodec codec) {
        this.codec = Objects.requireNonNull(codec, "codec");
        this.maxBytes = codec.maxBytes();
    }

    /** JSON by this codec. */
    public static JobJson of(JobCodec codec) {
        return new JobJson(codec);
    }

    /**
     * JSON by {@link JobCodec#standard()}, which is loaded now.
     *
     * @throws IllegalStateException as {@link JobCodec#standard()}, each time
     */
    public static JobJson standard() {
        // Not in a static initializer: its failure would be an ExceptionInInitializerError, and then another error. Two
        // threads may make two; both work.
        JobJson made = standard;
        if (made == null) {
            made = of(JobCodec.standard());
            standard = made;
        }
        return made;
    }

    /**
     * Writes a result as JSON that every database can store and every worker can read. A negative zero is written as zero.
     *
     * @param what what the value is, used in the message: "The result of job …"
     * @throws IllegalArgumentException if it cannot be written as JSON, is too large or too deep, has a number or a name
     *     that is too long, a name twice in one object, or a NUL or a lone surrogate; the message names the rule
     */
    public String encode(String what, Object value) {
        return encode(() -> what, value);
    }

    /** Writes a result, as the other method does; the text is made only if it is needed, since each job comes this way. */
    public String encode(Supplier<String> what, Object value) {
        return encode(what, value, JsonScanner.Use.RESULT);
    }

    /**
     * Writes an input as JSON that every database can store and every worker can read.
     *
     * @param what what the value is, used in the message: "The input of job …"
     * @throws IllegalArgumentException as {@link #encode}, and if it has a negative zero
     */
    public String encodeInput(Supplier<String> what, Object input) {
        return encode(what, input, JsonScanner.Use.INPUT);
    }

    private String encode(Supplier<String> what, Object value, JsonScanner.Use use) {
        String json;
        try {
            json = codec.write(value);
        } catch (RuntimeException | StackOverflowError refused) {
            throw new IllegalArgumentException(
                    what.get() + " (" + nameOf(value) + ") cannot be written as JSON: " + reason(refused), refused);
        }
        JsonScanner.Scanned scanned = JsonScanner.scan(json, maxBytes, maxBytes, use);
        if (scanned.problem() != null) {
            throw new IllegalArgumentException(what.get() + " (" + nameOf(value) + ") " + scanned.problem());
        }
        return scanned.json();
    }

    /**
     * Writes the input of a new job as JSON. The first input of a type is read back, so that a class that can be written
     * and not read is noticed now, and not by a worker.
     *
     * @throws IllegalArgumentException if it cannot be written, stored or read; the message names the type of the job and
     *     the rule
     */
    public String encodeInput(NewJob job) {
        JobType<?> type = job.type();
        Object input = job.input();
        if (type.hasNoInput() || input == null) {
            return NO_INPUT;
        }
        String json = encodeInput(() -> inputOf(type), input);
        requireReadable(json, type);
        return json;
    }

    /**
     * New jobs with their inputs as JSON. A plain loop: the JIT of a fresh process compiles the codec again for each caller into which it is
     * inlined, and a stream has more of these.
     *
     * @throws IllegalArgumentException as {@link #encodeInput}
     */
    public List<EncodedJob> encodeInputs(List<NewJob> jobs) {
        List<EncodedJob> encoded = new ArrayList<>(jobs.size());
        for (NewJob job : jobs) {
            encoded.add(new EncodedJob(job, encodeInput(job)));
        }
        return encoded;
    }

    private static String inputOf(JobType<?> type) {
        return "The input of job type " + type.name();
    }

    private void requireReadable(String json, JobType<?> type) {
        Type wanted = type.input().type();
        if (!readable.contains(wanted)) {
            try {
                codec.read(json, wanted);
            } catch (RuntimeException | StackOverflowError refused) {
                throw new IllegalArgumentException(inputOf(type) + " can be written as JSON, but not read into "
                        + type.input() + " again: " + reason(refused));
            }
            readable.add(wanted);
        }
    }

    /**
     * Checks that the input of a type can be read from some JSON, as far as this can be known without an input.
     *
     * @throws IllegalArgumentException if it cannot; the message names the rule
     */
    public void requireReadable(JobType<?> type) {
        if (type.hasNoInput()) {
            return;
        }
        try {
            codec.read(NO_INPUT, type.input().type());
        } catch (JobCodec.Refused refused) {
            if (refused.isAboutType()) {
                throw new IllegalArgumentException(
                        "The input of job type " + type.name() + " (" + type.input() + ") can never be read from JSON: "
                                + reason(refused),
                        refused);
            }
        } catch (RuntimeException | StackOverflowError notKnown) {
            // An empty object need not fit.
            return;
        }
    }

    /**
     * Reads JSON.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit the type or is null
     */
    @SuppressWarnings("unchecked") // a codec returns a value of the type
    public <T> T decode(@Nullable String json, TypeRef<T> type) {
        String stored = json == null ? "null" : json;
        String problem = JsonScanner.problem(stored, (long) maxBytes * STORED_GROWTH, maxBytes);
        if (problem != null) {
            throw undecodable("does not fit " + type + ": it " + problem);
        }
        Object value;
        try {
            value = codec.read(stored, type.type());
        } catch (RuntimeException | StackOverflowError refused) {
            throw undecodable("does not fit " + type + ": " + reason(refused));
        }
        if (value == null) {
            throw undecodable("is null, expected " + type);
        }
        return (T) value;
    }

    /** Without a cause, because the messages of JSON libraries quote the value. */
    private static JobException undecodable(String how) {
        return JobException.permanent("undecodable_input", "The stored JSON " + how);
    }

    /**
     * Reads the input of a job; null for {@code Void}, whatever is stored.
     *
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit the type
     */
    @SuppressWarnings("NullAway") // only a job type without input has Void
    public <T> T decodeInput(Job job, TypeRef<T> type) {
        return type.type() == Void.class ? null : decode(job.input(), type);
    }

    /**
     * Reads the result of a job.
     *
     * @return the result; empty if the job has none
     * @throws JobException permanent, with the code {@code undecodable_input}, if it does not fit the type
     */
    public <T> Optional<T> decodeResult(Job job, TypeRef<T> type) {
        return job.result() == null ? Optional.empty() : Optional.of(decode(job.result(), type));
    }

    private static String nameOf(Object value) {
        return value.getClass().getSimpleName();
    }

    /** What went wrong, without any value, because values may be secrets. */
    private static String reason(Throwable refused) {
        if (refused instanceof JobCodec.Refused told && told.getMessage() != null) {
            return SafeText.line(told.getMessage(), LONGEST_REASON);
        }
        return refused instanceof StackOverflowError
                ? "it is too deep or too long"
                : "the codec threw " + refused.getClass().getName();
    }
}
