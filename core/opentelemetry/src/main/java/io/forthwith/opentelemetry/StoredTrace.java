package io.forthwith.opentelemetry;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A span as the text that a job is stored with: a traceparent, then a space and a tracestate if there is one. */
final class StoredTrace {
    private static final String PARENT = "traceparent";
    private static final String STATE = "tracestate";
    /** What a job takes. A longer tracestate is left out, as W3C Trace Context allows; the traceparent has 55 characters. */
    private static final int MAX_LENGTH = 600;

    private StoredTrace() {}

    /** Null for a span that is not valid. */
    static @Nullable String of(SpanContext span) {
        Map<String, String> fields = new HashMap<>();
        W3CTraceContextPropagator.getInstance()
                .inject(Context.root().with(Span.wrap(span)), fields, (into, field, value) -> fields.put(field, value));
        String parent = fields.get(PARENT);
        String state = fields.getOrDefault(STATE, "");
        if (parent == null || state.isEmpty() || parent.length() + 1 + state.length() > MAX_LENGTH) {
            return parent;
        }
        return parent + ' ' + state;
    }

    /** A span that is not valid if the text is none, or not one of ours. */
    static SpanContext read(@Nullable String text) {
        if (text == null) {
            return SpanContext.getInvalid();
        }
        Context read = W3CTraceContextPropagator.getInstance().extract(Context.root(), text, Fields.INSTANCE);
        return Span.fromContext(read).getSpanContext();
    }

    private enum Fields implements TextMapGetter<String> {
        INSTANCE;

        @Override
        public Iterable<String> keys(String text) {
            return List.of(PARENT, STATE);
        }

        @Override
        public @Nullable String get(@Nullable String text, String field) {
            if (text == null) {
                return null;
            }
            int end = text.indexOf(' ');
            if (field.equals(PARENT)) {
                return end < 0 ? text : text.substring(0, end);
            }
            return field.equals(STATE) && end >= 0 ? text.substring(end + 1) : null;
        }
    }
}
