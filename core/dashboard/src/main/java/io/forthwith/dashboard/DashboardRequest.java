package io.forthwith.dashboard;

import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request to the dashboard, as an adapter for a web server makes it.
 *
 * @param method {@code GET}, {@code POST} and so on
 * @param path what follows the place at which the dashboard is mounted, decoded: {@code /jobs}; empty for that place without a slash
 * @param query the parameters of the address, decoded, each with its values
 * @param headers the headers, in any case
 * @param body what the request brings; read at most once
 * @param origin what the web server was asked for, to see whether a form was sent by a page of its own: scheme, host and port, {@code
 *     https://example.org:8443}; null if it is not known, and then the header {@code Host} decides
 * @param carrier what the adapter was given: an {@code HttpServletRequest} or an {@code HttpExchange}
 */
public record DashboardRequest(
        String method,
        String path,
        Map<String, List<String>> query,
        Map<String, List<String>> headers,
        InputStream body,
        @Nullable String origin,
        Object carrier) {
    /** Copies the headers, so that their names can be given in any case. */
    public DashboardRequest {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        Map<String, List<String>> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = anyCase;
        query = Map.copyOf(query);
        method = method.toUpperCase(Locale.ROOT);
    }

    /** The first value of a header; null if there is none. */
    public @Nullable String header(String name) {
        List<String> values = headers.get(name);
        return values == null || values.isEmpty() ? null : values.get(0);
    }

    /** The first value of a parameter, without space around it; null if there is none or it is empty. */
    public @Nullable String parameter(String name) {
        List<String> values = query.get(name);
        String value = values == null || values.isEmpty() ? "" : values.get(0).strip();
        return value.isEmpty() ? null : value;
    }

    /** What the adapter was given, if it is of this class: {@code request.carrier(HttpServletRequest.class)}. */
    public <T> Optional<T> carrier(Class<T> type) {
        return type.isInstance(carrier) ? Optional.of(type.cast(carrier)) : Optional.empty();
    }
}
