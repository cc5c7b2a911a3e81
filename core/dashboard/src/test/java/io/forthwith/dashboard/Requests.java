package io.forthwith.dashboard;

import io.forthwith.dashboard.internal.http.Parameters;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Requests without a web server. */
final class Requests {
    private Requests() {}

    /** To read a page; its address may have a query. */
    static DashboardRequest get(String address) {
        return get(address, new Object());
    }

    /** To read a page, with what an adapter gives. */
    static DashboardRequest get(String address, Object carrier) {
        int query = address.indexOf('?');
        return DashboardRequest.of("GET", query < 0 ? address : address.substring(0, query))
                .query(Parameters.ofQuery(query < 0 ? null : address.substring(query + 1)))
                .carriedBy(carrier);
    }

    /** A form that a page of the dashboard sends. */
    static DashboardRequest post(String address, String form, Object carrier) {
        DashboardRequest read = get(address);
        return DashboardRequest.of("POST", read.path())
                .query(read.query())
                .headers(Map.of(
                        "Sec-Fetch-Site", List.of("same-origin"),
                        "Content-Type", List.of("application/x-www-form-urlencoded")))
                .body(new ByteArrayInputStream(form.getBytes(StandardCharsets.UTF_8)))
                .carriedBy(carrier);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
