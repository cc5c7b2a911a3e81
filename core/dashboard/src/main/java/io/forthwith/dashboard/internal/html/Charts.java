package io.forthwith.dashboard.internal.html;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Charts as SVG without texts of their own, so that they may be stretched: labels stand beside them. Their colours come from the style sheet.
 */
public final class Charts {
    private static final int STEP = 10;
    private static final int BAR = 8;
    private static final int HEIGHT = 100;
    private static final int SPARK_HEIGHT = 20;
    private static final int WHOLE = 1_000;

    private Charts() {}

    /**
     * Attempts that ended between two moments, as a column of three parts.
     *
     * @param completed the part at the bottom
     * @param again how many failed or were not ready and are tried again, in the middle
     * @param failed the part at the top
     * @param title what is said of it
     */
    public record Column(long completed, long again, long failed, String title) {}

    /**
     * Two values at one moment; null where nothing was measured.
     *
     * @param title what is said of them
     */
    public record Range(@Nullable Double low, @Nullable Double high, String title) {}

    /**
     * A part of a whole.
     *
     * @param status a word for the colour
     * @param title what is said of it
     */
    public record Share(long number, String status, String title) {}

    /** The parts of a whole, one after the other, as wide as their share. */
    public static Node shares(List<Share> shares, String label) {
        double whole = Math.max(1, shares.stream().mapToLong(Share::number).sum());
        List<Node> parts = new ArrayList<>();
        double x = 0;
        for (Share share : shares) {
            double width = WHOLE * share.number / whole;
            parts.add(el("g", css("s-" + share.status), el("title", share.title), rect("piece", x, 0, width, HEIGHT)));
            x += width;
        }
        return svg("shares", WHOLE, HEIGHT, label, parts);
    }

    /** A bar as wide as its share of the longest one. Its length stands beside it in words. */
    public static Node length(Duration length, Duration longest, String status) {
        double share = longest.isZero() ? 0 : seconds(length) / seconds(longest);
        return el(
                "svg",
                css("length s-" + status),
                attr("viewBox", "0 0 " + HEIGHT + " 8"),
                attr("preserveAspectRatio", "none"),
                attr("aria-hidden", "true"),
                rect("piece", 0, 0, Math.max(1, HEIGHT * Math.min(1, share)), 8));
    }

    private static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNano() / 1e9;
    }

    /** Columns beside each other, as high as their share of {@code highest}. */
    public static Node columns(List<Column> columns, long highest, String label) {
        List<Node> bars = new ArrayList<>();
        double scale = (double) HEIGHT / Math.max(1, highest);
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            double completed = height(column.completed, scale);
            double again = height(column.again, scale);
            double failed = height(column.failed, scale);
            int x = i * STEP + 1;
            bars.add(el(
                    "g",
                    el("title", column.title),
                    rect("hover", i * STEP, 0, STEP, HEIGHT),
                    part("c-completed", x, HEIGHT - completed, completed),
                    part("c-again", x, HEIGHT - completed - again, again),
                    part("c-failed", x, HEIGHT - completed - again - failed, failed)));
        }
        return svg("chart", columns.size() * STEP, HEIGHT, label, bars);
    }

    /** What is there is seen, however little it is. */
    private static double height(long number, double scale) {
        return number == 0 ? 0 : Math.max(1.5, number * scale);
    }

    private static @Nullable Node part(String kind, double x, double y, double height) {
        return height == 0 ? null : rect(kind, x, y, BAR, height);
    }

    /** The space between two lines, as high as their share of {@code highest}; it is interrupted where nothing was measured. */
    public static Node band(List<Range> ranges, double highest, String label) {
        List<Node> parts = new ArrayList<>();
        double scale = HEIGHT / Math.max(highest, 1e-9);
        int begin = 0;
        while (begin < ranges.size()) {
            if (ranges.get(begin).high == null) {
                begin++;
                continue;
            }
            int end = begin;
            List<String> upper = new ArrayList<>();
            List<String> lower = new ArrayList<>();
            while (end < ranges.size()) {
                Double high = ranges.get(end).high;
                Double low = ranges.get(end).low;
                if (high == null) {
                    break;
                }
                double y = HEIGHT - high * scale;
                double below = HEIGHT - (low == null ? 0 : low) * scale;
                upper.addAll(List.of(point(end * STEP, y), point((end + 1) * STEP, y)));
                lower.addAll(List.of(point(end * STEP, below), point((end + 1) * STEP, below)));
                end++;
            }
            parts.add(el("polyline", css("c-low"), attr("points", String.join(" ", lower))));
            Collections.reverse(lower);
            upper.addAll(lower);
            parts.add(0, el("polygon", css("c-band"), attr("points", String.join(" ", upper))));
            begin = end;
        }
        for (int i = 0; i < ranges.size(); i++) {
            parts.add(el("g", el("title", ranges.get(i).title), rect("hover", i * STEP, 0, STEP, HEIGHT)));
        }
        return svg("chart", ranges.size() * STEP, HEIGHT, label, parts);
    }

    /**
     * A small line of how a number has changed, and another one of that part of it that did not go well, if there is one.
     *
     * @param notWell as many values, each at most as high
     */
    public static Node sparkline(List<Long> values, List<Long> notWell, String label) {
        long highest =
                Math.max(1, values.stream().mapToLong(Long::longValue).max().orElse(0));
        boolean isWell = notWell.stream().allMatch(value -> value == 0);
        List<Node> lines = new ArrayList<>();
        lines.add(line("all", values, highest));
        if (!isWell) {
            lines.add(line("again", notWell, highest));
        }
        return svg("spark", Math.max(1, values.size() - 1), SPARK_HEIGHT, label, lines);
    }

    private static Node line(String kind, List<Long> values, long highest) {
        List<String> points = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            points.add(point(i, SPARK_HEIGHT - 1 - (SPARK_HEIGHT - 2.0) * values.get(i) / highest));
        }
        return el("polyline", css(kind), attr("points", String.join(" ", points)));
    }

    /** A bar that is filled to a percentage. */
    public static Node progress(int percent, String label) {
        return el("progress", attr("max", 100), attr("value", percent), attr("aria-label", label), percent + " %");
    }

    private static Node svg(String kind, int width, int height, String label, List<Node> content) {
        return el(
                "svg",
                css(kind),
                attr("viewBox", "0 0 " + width + " " + height),
                attr("preserveAspectRatio", "none"),
                attr("role", "img"),
                attr("aria-label", label),
                content);
    }

    private static Node rect(String kind, double x, double y, double width, double height) {
        return el(
                "rect",
                css(kind),
                attr("x", decimal(x)),
                attr("y", decimal(y)),
                attr("width", decimal(width)),
                attr("height", decimal(height)));
    }

    private static String point(double x, double y) {
        return decimal(x) + "," + decimal(y);
    }

    private static String decimal(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : String.format(Locale.ROOT, "%.1f", number);
    }
}
