package io.forthwith.dashboard.internal.html;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import java.util.Map;

/** Small drawings of one line for the pages. */
public final class Icons {
    private static final Map<String, String> PATHS = Map.of(
            "", "M2 8.5 8 3l6 5.5M4 7.5V13h8V7.5",
            "queues", "M2 4h12M2 8h12M2 12h7",
            "jobs", "M3 3h10v10H3zM5.5 8l2 2 3.5-4",
            "failures", "M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.6v.6",
            "schedules", "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.8V8l2.4 1.6",
            "limits", "M2 12.5a6 6 0 0 1 12 0M8 12.5l3-4M2 13.5h12",
            "acts", "M3 3l6 5-6 5zM12 3v10",
            "audit", "M4 2h8v12H4zM6 5h4M6 8h4M6 11h2.5",
            "workers", "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.5M5 11h.5");

    private Icons() {}

    /** The drawing of a page. */
    public static Node of(String page) {
        return el(
                "svg",
                css("icon"),
                attr("viewBox", "0 0 16 16"),
                attr("aria-hidden", "true"),
                el("path", attr("d", PATHS.getOrDefault(page, "M3 8h10"))));
    }
}
