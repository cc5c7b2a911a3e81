package io.forthwith.jackson2;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.introspect.DefaultAccessorNamingStrategy;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializerBase;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.fasterxml.jackson.module.paramnames.ParameterNamesModule;
import io.forthwith.internal.jackson.JacksonRefusalText;
import io.forthwith.json.JobCodec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.time.Month;
import java.time.Year;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A codec that uses Jackson 2. Give it to {@link io.forthwith.client.JobClient#codec} and {@link
 * io.forthwith.worker.WorkerBuilder#codec}; then Jackson 3 is not loaded. Immutable and thread-safe.
 */
public final class Jackson2Codec implements JobCodec {
    private static final String MODULE = "com.fasterxml.jackson.databind";

    private static final Jackson2Codec STANDARD = new Jackson2Codec(mapper().build());

    private static final Jackson2Codec STRICT =
            new Jackson2Codec(mapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                    .build());

    private final ObjectMapper mapper;

    private Jackson2Codec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** The defaults of Jackson 3, so that this codec and {@link JobCodec#standard()} read what the other has written. */
    private static JsonMapper.Builder mapper() {
        return JsonMapper.builder(unlimited())
                .addModules(
                        new JavaTimeModule().enable(JavaTimeFeature.ONE_BASED_MONTHS),
                        new Jdk8Module(),
                        new ParameterNamesModule(),
                        asJackson3Writes(),
                        Jackson2Opaque.module())
                .withConfigOverride(
                        Year.class, year -> year.setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.NUMBER_INT)))
                .accessorNaming(new DefaultAccessorNamingStrategy.Provider().withFirstCharAcceptance(false, true))
                .enable(
                        MapperFeature.SORT_CREATOR_PROPERTIES_BY_DECLARATION_ORDER,
                        MapperFeature.SORT_PROPERTIES_ALPHABETICALLY,
                        MapperFeature.USE_STD_BEAN_NAMING)
                .disable(
                        MapperFeature.ALLOW_FINAL_FIELDS_AS_MUTATORS,
                        MapperFeature.DEFAULT_VIEW_INCLUSION,
                        MapperFeature.USE_GETTERS_AS_SETTERS)
                .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
                .disable(
                        SerializationFeature.FAIL_ON_EMPTY_BEANS,
                        SerializationFeature.FAIL_ON_ORDER_MAP_BY_INCOMPARABLE_KEY,
                        SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
                        SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .enable(
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.READ_ENUMS_USING_TO_STRING)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    /** Months are numbers from 1, and locales are language tags: Jackson 2 would write names, and lose the script of a locale. */
    private static SimpleModule asJackson3Writes() {
        return new SimpleModule("forthwith")
                .addSerializer(new ToStringSerializerBase(Locale.class) {
                    @Override
                    public String valueToString(Object value) {
                        return ((Locale) value).toLanguageTag();
                    }
                })
                .addSerializer(new StdSerializer<>(Month.class) {
                    @Override
                    public void serialize(Month value, JsonGenerator json, SerializerProvider provider)
                            throws IOException {
                        json.writeNumber(value.getValue());
                    }
                })
                .addDeserializer(Locale.class, new FromStringDeserializer<>(Locale.class) {
                    @Override
                    protected Locale _deserialize(String value, DeserializationContext context) {
                        return Locale.forLanguageTag(value);
                    }
                });
    }

    /** The library sets the limits, before Jackson reads: here they only have to be high enough. */
    private static JsonFactory unlimited() {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNumberLength(10_000)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    /**
     * A codec with the defaults of Jackson 3: it and {@link JobCodec#standard()} read what the other has written. Dates
     * are texts, unknown fields are ignored, a missing field is null, or empty for an {@code Optional}.
     */
    public static JobCodec standard() {
        return STANDARD;
    }

    /** A codec like the default one, to which an unknown field is an error, and so is a missing field of a record or constructor. */
    public static JobCodec strict() {
        return STRICT;
    }

    /**
     * A codec with a copy of a mapper of yours. All its settings then apply to stored rows: if you change its naming
     * strategy later, rows that are stored already no longer fit.
     *
     * @throws IllegalArgumentException if the mapper has default typing, because a row could then name a class to load
     * @throws IllegalStateException if the mapper is of a subclass that cannot be copied
     */
    public static JobCodec of(ObjectMapper mapper) {
        Objects.requireNonNull(mapper, "mapper must not be null: use Jackson2Codec.standard() for the standard one");
        if (mapper.getDeserializationConfig().getDefaultTyper(mapper.constructType(Object.class)) != null) {
            throw new IllegalArgumentException(JacksonRefusalText.DEFAULT_TYPING);
        }
        return new Jackson2Codec(mapper.copy().registerModule(Jackson2Opaque.module()));
    }

    @Override
    public String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException refused) {
            Refused why = whyNotWritten(refused);
            why.initCause(refused);
            throw why;
        }
    }

    private static Refused whyNotWritten(JsonProcessingException refused) {
        if (refused instanceof InvalidDefinitionException definition) {
            return Refused.ofType(
                    JacksonRefusalText.type(classOf(definition.getType()), definition.getOriginalMessage(), MODULE));
        }
        if (refused instanceof StreamConstraintsException) {
            return Refused.ofValue(JacksonRefusalText.TOO_LONG);
        }
        Throwable thrown = refused.getCause();
        return Refused.ofValue(
                thrown == null || thrown instanceof JsonProcessingException
                        ? JacksonRefusalText.shape(null, pathOf(refused))
                        : JacksonRefusalText.thrown(thrown, pathOf(refused)));
    }

    @Override
    public @Nullable Object read(String json, Type type) {
        try {
            return mapper.readValue(json, mapper.constructType(type));
        } catch (InvalidDefinitionException definition) {
            throw whyNotDefined(definition);
        } catch (JsonProcessingException refused) {
            // Without a cause, because its message quotes the value.
            throw Refused.ofValue(whyNotRead(refused));
        }
    }

    private static String whyNotRead(JsonProcessingException refused) {
        String path = pathOf(refused);
        if (causedBy(refused, StreamConstraintsException.class)) {
            return JacksonRefusalText.TOO_LONG;
        } else if (causedBy(refused, JsonParseException.class) || causedBy(refused, InputCoercionException.class)) {
            return JacksonRefusalText.NUMBER;
        } else if (refused instanceof ValueInstantiationException made) {
            return JacksonRefusalText.constructor(made.getType().getRawClass(), made.getCause(), path);
        } else if (refused instanceof UnrecognizedPropertyException unknown) {
            return JacksonRefusalText.unknownField(unknown.getPropertyName(), unknown.getReferringClass(), path);
        } else if (refused instanceof InvalidTypeIdException id) {
            return JacksonRefusalText.typeId(id.getBaseType().getRawClass(), path);
        } else if (refused instanceof MismatchedInputException mismatch) {
            return JacksonRefusalText.mismatch(mismatch.getTargetType(), mismatch.getOriginalMessage(), path, MODULE);
        }
        Throwable thrown = refused.getCause();
        return thrown == null || thrown instanceof JsonProcessingException
                ? JacksonRefusalText.shape(null, path)
                : JacksonRefusalText.thrown(thrown, path);
    }

    /** Jackson 2 wraps what the parser throws within an object. */
    private static boolean causedBy(JsonProcessingException refused, Class<? extends JsonProcessingException> type) {
        return type.isInstance(refused) || type.isInstance(refused.getCause());
    }

    /** Reads an empty object instead, because then the message of Jackson cannot quote a value. */
    private Refused whyNotDefined(InvalidDefinitionException definition) {
        JavaType type = definition.getType();
        if (type != null) {
            try {
                mapper.readValue("{}", type);
            } catch (InvalidDefinitionException again) {
                return Refused.ofType(JacksonRefusalText.type(type.getRawClass(), again.getOriginalMessage(), MODULE));
            } catch (JsonProcessingException otherwise) {
                // Not every value is refused.
            }
        }
        return Refused.ofValue(JacksonRefusalText.shape(classOf(type), pathOf(definition)));
    }

    private static String pathOf(JsonProcessingException refused) {
        return refused instanceof JsonMappingException mapping
                        && !mapping.getPath().isEmpty()
                ? mapping.getPathReference()
                : "";
    }

    private static @Nullable Class<?> classOf(@Nullable JavaType type) {
        return type == null ? null : type.getRawClass();
    }
}
