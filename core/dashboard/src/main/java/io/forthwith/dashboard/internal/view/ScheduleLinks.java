package io.forthwith.dashboard.internal.view;

import io.forthwith.dashboard.internal.http.Asset;
import java.util.regex.Pattern;

/** Where schedules are shown. */
public final class ScheduleLinks {
    /** The parameter that has the name of a schedule. */
    public static final String NAME = "name";

    /** The page about the runs of one. */
    public static final String RUNS = "runs";

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,60}");

    private ScheduleLinks() {}

    /** Where a schedule stands on the page: its name, or what follows from it if it has other characters. */
    public static String anchor(String name) {
        return PLAIN.matcher(name).matches() ? "s-" + name : "sx-" + Asset.hash(name);
    }

    /** A link to a schedule: to the page that begins with it, and its place there. */
    public static String link(View view, String name) {
        return view.link("schedules", "from", name) + "#" + anchor(name);
    }

    /** A link to its runs. */
    public static String runs(View view, String name) {
        return view.link(RUNS, NAME, name);
    }
}
