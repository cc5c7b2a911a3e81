package io.forthwith.json;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * Writes inputs and results as JSON and reads them. The standard one uses Jackson 3; with a codec of its own an
 * application needs no Jackson 3.
 *
 * <p>The limits are not the business of a codec: for each codec and each store the library itself checks that a text is
 * JSON of at most {@link #maxBytes()} bytes, with at most 100 levels, numbers of 1,000 digits and names of 1,000
 * characters, and without NUL and lone surrogates. It checks what {@link #write} returned, and what {@link #read} will
 * get. A number counts as if it were written out, so {@code 1E+400} has 401 digits. A codec must not have lower limits.
 * What {@link #write} returned must not have a name twice in one object, nor, for an input, a negative zero: not every
 * database keeps these.
 *
 * <p>An implementation must be thread-safe, must read what it wrote, also with other white space and numbers written out,
 * and must never load a class because the JSON names it. Client and workers must have codecs that understand each other.
 */
public interface JobCodec {
    /** The largest input or result, in bytes of UTF-8, by default. */
    int DEFAULT_MAX_BYTES = 256 * 1024;

    /**
     * Writes a value as JSON.
     *
     * @throws Refused if the class of the value cannot be written, with the reason
     * @throws RuntimeException if it cannot be written otherwise; of it only the class is told
     */
    String write(Object value);

    /**
     * Reads JSON into a class, or into a generic type such as {@code List<Line>}.
     *
     * @param json checked for the limits
     * @return null only for the JSON {@code null}
     * @throws Refused if the JSON does not fit, or the class cannot be read from any JSON, with the reason
     * @throws RuntimeException if it cannot be read otherwise; of it only the class is told, because messages of JSON
     *     libraries quote values, and values may be secrets
     */
    @Nullable
    Object read(String json, Type type);

    /** The largest input or result, in bytes of UTF-8, with numbers written out. */
    default int maxBytes() {
        return DEFAULT_MAX_BYTES;
    }

    /**
     * Returns the same codec with another limit for one input or result.
     *
     * @throws IllegalArgumentException unless it is 1 KiB to 64 MiB
     */
    default JobCodec maxBytes(int bytes) {
        return new LimitedCodec(this, bytes);
    }

    /**
     * The codec that is used by default: Jackson 3 with its own defaults. It ignores fields that the class does not
     * have, and a field that is missing in the JSON is null, or empty for an {@code Optional}. So a misspelt field is
     * not noticed.
     *
     * @throws IllegalStateException if Jackson 3 is missing, or a library that it needs is too old; the message says
     *     which version is there, which is needed, and what to add to the POM
     */
    static JobCodec standard() {
        return Jackson3OnPath.standard();
    }

    /**
     * The standard codec, except that a field that the class does not have is an error, and so is a field of a record or
     * a constructor that is missing in the JSON.
     *
     * @throws IllegalStateException as {@link #standard()}
     */
    static JobCodec strict() {
        return Jackson3OnPath.strict();
    }

    /** Why a codec cannot write or read: names of types and fields, and no values, because values may be secrets. */
    final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final boolean aboutType;

        private Refused(String reason, boolean aboutType) {
            super(reason);
            this.aboutType = aboutType;
        }

        /** A refusal of this value or this JSON. The reason goes on from "does not fit …: ", for example "it has no field $.name". */
        public static Refused ofValue(String reason) {
            return new Refused(reason, false);
        }

        /** A refusal of a class, whatever the value: the reason says how to mend the class. */
        public static Refused ofType(String reason) {
            return new Refused(reason, true);
        }

        /** Whether every value is refused, and not just this one. */
        public boolean isAboutType() {
            return aboutType;
        }
    }
}
