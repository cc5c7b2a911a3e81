package io.forthwith.dashboard;

import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request to the dashboard, as an adapter for a web server makes it: {@code DashboardRequest.of("GET", "/jobs").query(query).headers(headers).carriedBy(exchange)}.
 * Immutable, but for the stream of its body.
 */
public final class DashboardRequest {
    private final String method;
    private final String path;
    private final Map<String, List<String>> query;
    private final Map<String, List<String>> headers;
    private final InputStream body;
    private final @Nullable String origin;
    private final @Nullable Object carrier;

    private DashboardRequest(
            String method,
            String path,
            Map<String, List<String>> query,
            Map<String, List<String>> headers,
            InputStream body,
            @Nullable String origin,
            @Nullable Object carrier) {
        this.method = method;
        this.path = path;
        this.query = query;
        this.headers = headers;
        this.body = body;
        this.origin = origin;
        this.carrier = carrier;
    }

    /**
     * A request without parameters, headers and body.
     *
     * @param method {@code GET}, {@code POST} and so on
     * @param path what follows the place at which the dashboard is mounted, decoded: {@code /jobs}; empty for that place without a slash
     */
    public static DashboardRequest of(String method, String path) {
        return new DashboardRequest(
                Objects.requireNonNull(method, "method").toUpperCase(Locale.ROOT),
                Objects.requireNonNull(path, "path"),
                Map.of(),
                Map.of(),
                InputStream.nullInputStream(),
                null,
                null);
    }

    /** Returns this request with other parameters of the address, decoded, each with its values. */
    public DashboardRequest query(Map<String, List<String>> values) {
        return new DashboardRequest(method, path, Map.copyOf(values), headers, body, origin, carrier);
    }

    /** Returns this request with other headers, whose names may be in any case. */
    public DashboardRequest headers(Map<String, List<String>> values) {
        Map<String, List<String>> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(values);
        return new DashboardRequest(method, path, query, Collections.unmodifiableMap(anyCase), body, origin, carrier);
    }

    /** Returns this request with what it brings. The dashboard reads it once, at the most. */
    public DashboardRequest body(InputStream stream) {
        return new DashboardRequest(
                method, path, query, headers, Objects.requireNonNull(stream, "stream"), origin, carrier);
    }

    /**
     * Returns this request with what the web server was asked for, to see whether a form was sent by a page of its own: scheme, host and port, {@code
     * https://example.org:8443}; null if it is not known, and then the header {@code Host} decides.
     */
    public DashboardRequest origin(@Nullable String asked) {
        return new DashboardRequest(method, path, query, headers, body, asked, carrier);
    }

    /** Returns this request with what the adapter was given: an {@code HttpServletRequest} or an {@code HttpExchange}. A {@link DashboardAccess} asks for it. */
    public DashboardRequest carriedBy(Object given) {
        return new DashboardRequest(method, path, query, headers, body, origin, Objects.requireNonNull(given, "given"));
    }

    /** Such as {@code GET}, in capital letters. */
    public String method() {
        return method;
    }

    /** What follows the place at which the dashboard is mounted, decoded. */
    public String path() {
        return path;
    }

    /** The parameters of the address, decoded. */
    public Map<String, List<String>> query() {
        return query;
    }

    /** The headers; their names are found in any case. */
    public Map<String, List<String>> headers() {
        return headers;
    }

    /** What the request brings. */
    public InputStream body() {
        return body;
    }

    /** What the web server was asked for; null if it is not known. */
    public @Nullable String origin() {
        return origin;
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
