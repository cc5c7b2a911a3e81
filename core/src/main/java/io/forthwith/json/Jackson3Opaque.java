package io.forthwith.json;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.forthwith.internal.jackson.JacksonRefusalText;
import io.forthwith.internal.jackson.OpaqueClass;
import java.util.Set;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.bean.BeanSerializerBase;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.ser.std.ToEmptyObjectSerializer;

/**
 * Makes Jackson 3 refuse values that it would write as an empty object although they hold data. Jackson asks it once for each
 * class, so it costs nothing for each value. Immutable and thread-safe.
 */
final class Jackson3Opaque extends ValueSerializerModifier {
    private static final long serialVersionUID = 1;

    private Jackson3Opaque() {}

    static JacksonModule module() {
        return new SimpleModule("forthwith-opaque").setSerializerModifier(new Jackson3Opaque());
    }

    @Override
    public ValueSerializer<?> modifySerializer(
            SerializationConfig config, BeanDescription.Supplier type, ValueSerializer<?> serializer) {
        return isEmptyObject(serializer)
                        && type.get().findAnyGetter() == null
                        && OpaqueClass.hides(type.getBeanClass(), ignored(config, type))
                ? new Refusing(type.getBeanClass())
                : serializer;
    }

    private static boolean isEmptyObject(ValueSerializer<?> serializer) {
        return (serializer instanceof BeanSerializerBase || serializer instanceof ToEmptyObjectSerializer)
                && !serializer.properties().hasNext();
    }

    private static Set<String> ignored(SerializationConfig config, BeanDescription.Supplier type) {
        JsonIgnoreProperties.Value ofClass =
                config.getDefaultPropertyIgnorals(type.getBeanClass(), type.getClassInfo());
        return ofClass == null ? Set.of() : ofClass.findIgnoredForSerialization();
    }

    private static final class Refusing extends StdSerializer<Object> {
        Refusing(Class<?> type) {
            super(type);
        }

        @Override
        public void serialize(Object value, JsonGenerator json, SerializationContext context) {
            context.reportBadDefinition(handledType(), JacksonRefusalText.opaque(handledType()));
        }

        @Override
        public void serializeWithType(
                Object value, JsonGenerator json, SerializationContext context, TypeSerializer type) {
            serialize(value, json, context);
        }
    }
}
