package io.forthwith.dashboard.internal.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of an address, and the fields of a form. */
public final class Parameters {
    private static final int MOST_IN_QUERY = 200;

    private Parameters() {}

    /** The first 200 parameters of the query of an address. */
    public static Map<String, List<String>> ofQuery(@Nullable String encoded) {
        return of(encoded == null ? "" : encoded, MOST_IN_QUERY);
    }

    /** The first parameters of a text that is encoded as an address or a form is. */
    public static Map<String, List<String>> of(String encoded, int most) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        String[] pairs = encoded.split("&", most + 1);
        for (int i = 0; i < Math.min(pairs.length, most); i++) {
            if (!pairs[i].isEmpty()) {
                int equals = pairs[i].indexOf('=');
                String name = decoded(equals < 0 ? pairs[i] : pairs[i].substring(0, equals));
                String value = equals < 0 ? "" : decoded(pairs[i].substring(equals + 1));
                parameters.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
            }
        }
        return parameters;
    }

    /** A text that was encoded for an address; what is not encoded well stays as it is. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
