package io.forthwith.dashboard.internal.view;

import io.forthwith.dashboard.DashboardRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The way back to a list with its filter and page, from what was opened there. It stands in addresses; nothing is remembered elsewhere. */
final class WayBack {
    /** The parameter that has it. */
    static final String PARAMETER = "back";

    /** Pages that have lists to which one goes back, with the parameters that choose what is in them. */
    private static final Map<String, Set<String>> LISTS =
            Map.of("jobs", jobs(), "failures", Set.of("span", "cause", JobFilter.TYPE, JobFilter.CODE));

    /** Pages about what was opened there. */
    private static final Set<String> OPENED = Set.of("job", "family", ActNames.PATH);

    private static final int LONGEST = 1_500;

    private WayBack() {}

    private static Set<String> jobs() {
        Set<String> all = new HashSet<>(JobFilter.NAMES);
        all.addAll(List.of(JobFilter.STATUS, "before"));
        return Set.copyOf(all);
    }

    /** What a link to a page has, so that there is a way back from it; null for nothing. */
    static @Nullable String of(View view, String page) {
        String here = path(view.request());
        // An act on many jobs has a page of its own.
        boolean isAfterAct = page.equals(ActNames.ALL) && (here.equals(ActNames.PATH) || here.equals(ActNames.ALL));
        if (!OPENED.contains(page) && !isAfterAct) {
            return null;
        }
        Set<String> filters = LISTS.get(here);
        if (filters == null) {
            String given = view.param(PARAMETER);
            return given != null && link(view, given) != null ? given : null;
        }
        StringBuilder back = new StringBuilder(here);
        new TreeMap<>(view.request().query()).forEach((name, values) -> {
            if (filters.contains(name)) {
                values.stream().filter(value -> !value.isBlank()).forEach(value -> View.append(back, name, value));
            }
        });
        return back.length() == here.length() || back.length() > LONGEST ? null : back.toString();
    }

    /** The link back of a page that was opened from a list; null if it was not. Of what the address says, only a list of ours and parameters of a filter are taken. */
    static @Nullable String link(View view) {
        String given = view.param(PARAMETER);
        return given == null || LISTS.containsKey(path(view.request())) ? null : link(view, given);
    }

    private static @Nullable String link(View view, String given) {
        int end = given.indexOf('?');
        Set<String> filters = end < 0 || given.length() > LONGEST ? null : LISTS.get(given.substring(0, end));
        if (filters == null) {
            return null;
        }
        List<@Nullable Object> parameters = new ArrayList<>();
        for (String each : given.substring(end + 1).split("&", -1)) {
            int middle = each.indexOf('=');
            String name = middle < 0 ? "" : each.substring(0, middle);
            if (filters.contains(name)) {
                try {
                    parameters.add(name);
                    parameters.add(URLDecoder.decode(each.substring(middle + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException malformed) {
                    return null;
                }
            }
        }
        return parameters.isEmpty() ? null : view.link(given.substring(0, end), parameters.toArray());
    }

    private static String path(DashboardRequest request) {
        return request.path().isEmpty() ? "" : request.path().substring(1);
    }
}
