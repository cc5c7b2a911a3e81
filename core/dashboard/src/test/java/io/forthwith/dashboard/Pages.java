package io.forthwith.dashboard;

import io.forthwith.store.JobStore;
import java.util.function.UnaryOperator;

/** Asks a dashboard for pages, as a browser does. Immutable. */
final class Pages {
    private final Dashboard dashboard;
    private final Access access;

    private Pages(Dashboard dashboard, Access access) {
        this.dashboard = dashboard;
        this.access = access;
    }

    /** Pages of a new dashboard for somebody who sees all jobs. */
    static Pages of(JobStore store) {
        return new Pages(
                Stand.dashboard(store)
                        .access(request -> request.carrier(Access.class).orElseThrow()),
                Access.view("me"));
    }

    /** Pages of a dashboard that knows by itself who asks. */
    static Pages of(Dashboard dashboard) {
        return new Pages(dashboard, Access.none());
    }

    /** Pages of the same dashboard for somebody else. */
    Pages as(Access other) {
        return new Pages(dashboard, other);
    }

    /** Pages of the same dashboard with a redactor. */
    Pages redacted(UnaryOperator<String> redactor) {
        return new Pages(dashboard.redactor(redactor), access);
    }

    /** Asks for an address that is relative to the dashboard: {@code jobs?type=mail}. */
    DashboardResponse get(String address) {
        return dashboard.handle(Requests.get("/" + address, access));
    }

    /** Sends a form, as a page of the dashboard does. */
    DashboardResponse post(String address, String form) {
        return dashboard.handle(Requests.post("/" + address, form, access));
    }

    /** The HTML of a page. */
    String text(String address) {
        return get(address).text();
    }

    /** What a reader sees of a page. */
    String words(String address) {
        return wordsOf(text(address));
    }

    /** What a reader sees of HTML, without its tags. */
    static String wordsOf(String html) {
        return html.replaceAll("<[^>]*>", "")
                .replace("&#39;", "'")
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
