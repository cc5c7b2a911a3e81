package io.forthwith.dashboard.internal.html;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What happened to a job, one piece after the other, as a bar. Its parts are placed by percentages, so that signs keep their shape in any width. If some
 * pieces are much longer than others, the long ones are drawn shorter than to scale.
 */
public final class Timeline {
    /** The longest piece is at most so many times as wide as the shortest one. */
    static final double MOST_TIMES = 30;

    private static final double WHOLE = 100;
    private static final double SHORTEST = 0.001;
    private static final double WIDE_ENOUGH_FOR_SIGN = 2.5;
    private static final int HEIGHT = 44;
    private static final int TOP = 6;
    private static final int BAR = 32;

    private Timeline() {}

    /** How a piece is drawn. */
    public enum Kind {
        /** It waits to run: hatched. */
        WAIT,
        /** It runs: solid. */
        RUN,
        /** It is not to run yet: a dotted line. */
        GAP
    }

    /**
     * A time in the life of a job.
     *
     * @param status a word for the colour: that of the status in which it ended
     * @param sign drawn on it if there is room
     * @param title what is said of it
     */
    public record Piece(Kind kind, String status, String sign, Instant from, Instant to, String title) {
        /** How long it was; never negative. */
        public Duration length() {
            Duration length = Duration.between(from, to);
            return length.isNegative() ? Duration.ZERO : length;
        }
    }

    /** The bar. */
    public static Node of(List<Piece> pieces, String label) {
        List<Double> widths = widths(pieces);
        List<Node> drawn = new ArrayList<>();
        drawn.add(hatching());
        double x = 0;
        for (int i = 0; i < pieces.size(); i++) {
            drawn.add(piece(pieces.get(i), x, widths.get(i)));
            x += widths.get(i);
        }
        return el(
                "svg",
                css("timeline"),
                attr("width", "100%"),
                attr("height", HEIGHT),
                attr("role", "img"),
                attr("aria-label", label),
                drawn);
    }

    /** Whether the widths are to scale. */
    public static boolean isToScale(List<Piece> pieces) {
        return exponent(pieces) == 1;
    }

    /** The widths in percent; together they are 100. */
    static List<Double> widths(List<Piece> pieces) {
        double exponent = exponent(pieces);
        List<Double> shares =
                pieces.stream().map(piece -> Math.pow(seconds(piece), exponent)).toList();
        double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
        return shares.stream().map(share -> share * WHOLE / sum).toList();
    }

    private static double exponent(List<Piece> pieces) {
        double longest = pieces.stream().mapToDouble(Timeline::seconds).max().orElse(1);
        double shortest = pieces.stream().mapToDouble(Timeline::seconds).min().orElse(1);
        double times = longest / shortest;
        return times <= MOST_TIMES ? 1 : Math.log(MOST_TIMES) / Math.log(times);
    }

    private static double seconds(Piece piece) {
        Duration length = piece.length();
        return Math.max(SHORTEST, length.getSeconds() + length.getNano() / 1e9);
    }

    private static Node hatching() {
        return el(
                "defs",
                el(
                        "pattern",
                        attr("id", "hatching"),
                        attr("width", 7),
                        attr("height", 7),
                        attr("patternUnits", "userSpaceOnUse"),
                        attr("patternTransform", "rotate(45)"),
                        el("rect", css("hatch"), attr("width", 2), attr("height", 7))));
    }

    private static Node piece(Piece piece, double x, double width) {
        boolean isWide = width >= WIDE_ENOUGH_FOR_SIGN;
        return el(
                "g",
                css("t-" + piece.kind.name().toLowerCase(Locale.ROOT) + " s-" + piece.status),
                el("title", piece.title),
                rect("hover", x, 0, width, HEIGHT),
                switch (piece.kind) {
                    case WAIT ->
                        Html.all(
                                rect("ground", x, TOP, width, BAR),
                                el(
                                        "rect",
                                        attr("fill", "url(#hatching)"),
                                        attr("x", percent(x)),
                                        attr("y", TOP),
                                        attr("width", percent(width)),
                                        attr("height", BAR)));
                    case RUN -> rect("bar", x, TOP, width, BAR);
                    case GAP -> line(x, width);
                },
                isWide && !piece.sign.isEmpty() ? sign(piece.sign, x + width / 2) : null);
    }

    private static Node line(double x, double width) {
        int middle = TOP + BAR / 2;
        return el(
                "line",
                attr("x1", percent(x)),
                attr("x2", percent(x + width)),
                attr("y1", middle),
                attr("y2", middle),
                attr("stroke-dasharray", "2 5"));
    }

    private static Node sign(String sign, double x) {
        return el("text", attr("x", percent(x)), attr("y", TOP + BAR / 2 + 5), attr("text-anchor", "middle"), sign);
    }

    private static Node rect(String kind, double x, int y, double width, int height) {
        return el(
                "rect",
                css(kind),
                attr("x", percent(x)),
                attr("y", y),
                attr("width", percent(width)),
                attr("height", height));
    }

    private static String percent(double number) {
        return String.format(Locale.ROOT, "%.2f%%", number);
    }
}
