package io.forthwith.dashboard.internal.view;

import io.forthwith.internal.StringsAsJson;
import io.forthwith.limit.LimitKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A JSON object of strings that a store keeps, such as the filter of an act, as the redactor shows it. The redactor gets each value by itself: it may know a secret only
 * by the whole of it. Immutable.
 *
 * @param values {@code name=value}, as they are shown
 * @param isOpen whether the redactor has changed nothing
 */
public record RedactedValues(List<String> values, boolean isOpen) {
    private static final String LABEL_NAME = "labelName";
    private static final String LABEL_VALUE = "labelValue";

    /** The text as a whole if it is no such object. */
    public static RedactedValues of(View view, String json) {
        Map<String, String> values;
        try {
            values = new TreeMap<>(StringsAsJson.parse(json));
        } catch (IllegalArgumentException other) {
            return new RedactedValues(List.of(view.redacted(json)), view.isOpen(json));
        }
        List<String> shown = new ArrayList<>();
        boolean isOpen = true;
        String label = values.remove(LABEL_NAME);
        String labelValue = values.remove(LABEL_VALUE);
        if (label != null && labelValue != null) {
            Map.Entry<String, String> pair = view.redacted(label, labelValue);
            shown.add(JobFilter.LABEL + "=" + pair.getKey() + "=" + pair.getValue());
            isOpen = pair.equals(Map.entry(label, labelValue));
        }
        for (Map.Entry<String, String> each : values.entrySet()) {
            String text = shown(view, each);
            shown.add(text);
            isOpen &= text.equals(each.getKey() + "=" + each.getValue());
        }
        return new RedactedValues(List.copyOf(shown), isOpen);
    }

    private static String shown(View view, Map.Entry<String, String> pair) {
        Map.Entry<String, String> shown = view.redacted(pair.getKey(), pair.getValue());
        if (pair.getKey().equals(JobFilter.LIMIT_KEY) && shown.getValue().equals(pair.getValue())) {
            LimitKey key = LimitMarks.read(pair.getValue());
            return pair.getKey() + "=" + (key == null ? pair.getValue() : LimitMarks.shown(view, key));
        }
        return shown.getKey() + "=" + shown.getValue();
    }

    /** A line that may end with such an object: {@code change {"queue":"bulk"}}. */
    public static String line(View view, String text) {
        int begin = text.indexOf('{');
        // Any other text is one whole, also for the redactor.
        if (begin < 0 || StringsAsJson.read(text.substring(begin)).isEmpty()) {
            return view.redacted(text);
        }
        return view.redacted(text.substring(0, begin))
                + of(view, text.substring(begin)).text();
    }

    /** In one line. */
    public String text() {
        return values.stream().collect(Collectors.joining(", "));
    }
}
