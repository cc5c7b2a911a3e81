package io.forthwith.jackson2;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.std.BeanSerializerBase;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToEmptyObjectSerializer;
import io.forthwith.internal.jackson.JacksonRefusalText;
import io.forthwith.internal.jackson.OpaqueClass;
import java.util.Set;

/**
 * Makes Jackson 2 refuse values that it would write as an empty object although they hold data. Jackson asks it once for each
 * class, so it costs nothing for each value. Immutable and thread-safe.
 */
final class Jackson2Opaque extends BeanSerializerModifier {
    private static final long serialVersionUID = 1;

    private Jackson2Opaque() {}

    static Module module() {
        return new SimpleModule("forthwith-opaque").setSerializerModifier(new Jackson2Opaque());
    }

    @Override
    public JsonSerializer<?> modifySerializer(
            SerializationConfig config, BeanDescription type, JsonSerializer<?> serializer) {
        return isEmptyObject(serializer)
                        && type.findAnyGetter() == null
                        && OpaqueClass.hides(type.getBeanClass(), ignored(config, type))
                ? new Refusing(type.getBeanClass())
                : serializer;
    }

    private static boolean isEmptyObject(JsonSerializer<?> serializer) {
        return (serializer instanceof BeanSerializerBase || serializer instanceof ToEmptyObjectSerializer)
                && !serializer.properties().hasNext();
    }

    private static Set<String> ignored(SerializationConfig config, BeanDescription type) {
        JsonIgnoreProperties.Value ofClass =
                config.getDefaultPropertyIgnorals(type.getBeanClass(), type.getClassInfo());
        return ofClass == null ? Set.of() : ofClass.findIgnoredForSerialization();
    }

    private static final class Refusing extends StdSerializer<Object> {
        private static final long serialVersionUID = 1;

        @SuppressWarnings("unchecked") // the class is that of the values
        Refusing(Class<?> type) {
            super((Class<Object>) type);
        }

        @Override
        public void serialize(Object value, JsonGenerator json, SerializerProvider provider)
                throws JsonMappingException {
            provider.reportBadDefinition(handledType(), JacksonRefusalText.opaque(handledType()));
        }

        @Override
        public void serializeWithType(
                Object value, JsonGenerator json, SerializerProvider provider, TypeSerializer type)
                throws JsonMappingException {
            serialize(value, json, provider);
        }
    }
}
