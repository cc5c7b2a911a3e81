package io.forthwith.json;

import io.forthwith.internal.NullRules;
import io.forthwith.internal.jackson.JacksonRefusalText;
import java.lang.reflect.Type;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.exc.InvalidTypeIdException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A codec that uses Jackson 3. It and the module that it adds to its mapper are the only classes that need Jackson 3, and
 * {@link JobCodec#standard()} loads them. Immutable and thread-safe.
 */
public final class Jackson3Codec implements JobCodec {
    private static final String MODULE = "tools.jackson.databind";

    /** The library sets the limits, before Jackson reads: here they only have to be high enough. */
    private static final JsonFactory UNLIMITED = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(10_000)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    static final Jackson3Codec STANDARD = new Jackson3Codec(JsonMapper.builder(UNLIMITED)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .addModule(Jackson3Opaque.module())
            .build());

    static final Jackson3Codec STRICT = new Jackson3Codec(STANDARD.mapper
            .rebuild()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build());

    private final JsonMapper mapper;

    private Jackson3Codec(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /**
     * A codec with a mapper of yours. All its settings then apply to stored rows: if you change its naming strategy
     * later, rows that are stored already no longer fit.
     *
     * @throws IllegalArgumentException if the mapper has default typing, because a row could then name a class to load
     */
    public static JobCodec of(JsonMapper mapper) {
        NullRules.require(mapper, "mapper", "use JobCodec.standard() for the standard one");
        if (mapper.deserializationConfig().getDefaultTyper(mapper.constructType(Object.class)) != null) {
            throw new IllegalArgumentException(JacksonRefusalText.DEFAULT_TYPING);
        }
        return new Jackson3Codec(
                mapper.rebuild().addModule(Jackson3Opaque.module()).build());
    }

    @Override
    public String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JacksonException refused) {
            Refused why = whyNotWritten(refused);
            why.initCause(refused);
            throw why;
        }
    }

    private static Refused whyNotWritten(JacksonException refused) {
        if (refused instanceof InvalidDefinitionException definition) {
            return Refused.ofType(
                    JacksonRefusalText.type(classOf(definition.getType()), definition.getOriginalMessage(), MODULE));
        }
        String path = pathOf(refused);
        Throwable thrown = refused.getCause();
        if (refused instanceof StreamConstraintsException) {
            return Refused.ofValue(JacksonRefusalText.TOO_LONG);
        }
        if (thrown instanceof IllegalAccessException && !path.isEmpty()) {
            List<JacksonException.Reference> steps = refused.getPath();
            Object owner = steps.get(steps.size() - 1).from();
            return Refused.ofType(JacksonRefusalText.closed(owner.getClass(), thrown.getMessage(), MODULE));
        }
        return Refused.ofValue(
                thrown == null || thrown instanceof JacksonException
                        ? JacksonRefusalText.shape(null, path)
                        : JacksonRefusalText.thrown(thrown, path));
    }

    @Override
    public @Nullable Object read(String json, Type type) {
        try {
            return mapper.readValue(json, mapper.constructType(type));
        } catch (InvalidDefinitionException definition) {
            throw whyNotDefined(definition);
        } catch (ValueInstantiationException made) {
            throw whyNotMade(made);
        } catch (JacksonException refused) {
            // Without a cause, because its message quotes the value.
            throw Refused.ofValue(whyNotRead(refused));
        }
    }

    private static String whyNotRead(JacksonException refused) {
        String path = pathOf(refused);
        if (refused instanceof StreamConstraintsException) {
            return JacksonRefusalText.TOO_LONG;
        } else if (refused instanceof StreamReadException) {
            return JacksonRefusalText.NUMBER;
        } else if (refused instanceof UnrecognizedPropertyException unknown) {
            return JacksonRefusalText.unknownField(unknown.getPropertyName(), unknown.getReferringClass(), path);
        } else if (refused instanceof InvalidTypeIdException id) {
            return JacksonRefusalText.typeId(id.getBaseType().getRawClass(), path);
        } else if (refused instanceof MismatchedInputException mismatch) {
            return JacksonRefusalText.mismatch(mismatch.getTargetType(), mismatch.getOriginalMessage(), path, MODULE);
        }
        Throwable thrown = refused.getCause();
        return thrown == null || thrown instanceof JacksonException
                ? JacksonRefusalText.shape(null, path)
                : JacksonRefusalText.thrown(thrown, path);
    }

    private static Refused whyNotMade(ValueInstantiationException made) {
        Class<?> type = made.getType().getRawClass();
        Throwable thrown = made.getCause();
        return thrown instanceof IllegalAccessException
                ? Refused.ofType(JacksonRefusalText.closed(type, thrown.getMessage(), MODULE))
                : Refused.ofValue(JacksonRefusalText.constructor(type, thrown, pathOf(made)));
    }

    private static String pathOf(JacksonException refused) {
        return refused.getPath().isEmpty() ? "" : refused.getPathReference();
    }

    /** Reads an empty object instead, because then the message of Jackson cannot quote a value. */
    private Refused whyNotDefined(InvalidDefinitionException definition) {
        JavaType type = definition.getType();
        if (type != null) {
            try {
                mapper.readValue("{}", type);
            } catch (InvalidDefinitionException again) {
                return Refused.ofType(JacksonRefusalText.type(type.getRawClass(), again.getOriginalMessage(), MODULE));
            } catch (JacksonException otherwise) {
                // Not every value is refused.
            }
        }
        return Refused.ofValue(JacksonRefusalText.shape(classOf(type), pathOf(definition)));
    }

    private static @Nullable Class<?> classOf(@Nullable JavaType type) {
        return type == null ? null : type.getRawClass();
    }
}
