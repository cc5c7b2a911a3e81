package io.forthwith.dashboard.internal.html;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.html.FamilyLayout.Block;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The jobs of a family as boxes, each a link, and lines between them. */
public final class FamilyGraph {
    private static final int WIDEST_TEXT = 20;
    private static final int FIRST_WIDE_LETTER = 0x2e80;
    private static final int BEND = 26;
    private static final int FRAME = 5;
    private static final int MOST_LINES = 12;

    private FamilyGraph() {}

    /**
     * A box.
     *
     * @param name its first line, cut if it is long
     * @param detail its second line
     * @param status a word for the colour
     * @param href where it leads; empty for a box that is no link
     * @param title what is said of it
     * @param parent the number of the box of its parent; -1 for none
     * @param before how many steps it stands before the family; 0 for a member
     * @param isFinisher whether it runs after its brothers
     * @param isChosen whether it is the one that was asked for
     */
    public record Box(
            String name,
            String detail,
            String status,
            String sign,
            String href,
            String title,
            int parent,
            int before,
            boolean isFinisher,
            boolean isChosen) {}

    /** The box {@code to} comes after the box {@code from}. */
    public record Edge(int from, int to) {}

    /** The picture. Parents come before their children in the list. */
    public static Node of(List<Box> boxes, List<Edge> edges, String label) {
        FamilyLayout layout = new FamilyLayout(boxes, edges);
        List<Node> drawn = new ArrayList<>();
        drawn.add(arrow());
        layout.blocks().forEach(block -> drawn.add(frame(block)));
        for (int i = 0; i < boxes.size(); i++) {
            lines(layout, boxes, i, drawn);
        }
        edges.forEach(edge -> drawn.add(after(layout, edge)));
        // From left to right, as one reads it: also the keyboard comes to a source before its targets.
        IntStream.range(0, boxes.size())
                .boxed()
                .sorted(Comparator.comparing(layout::x).thenComparing(layout::y))
                .forEach(i -> drawn.add(box(boxes.get(i), layout.x(i), layout.y(i))));
        return el(
                "svg",
                css("family"),
                attr("width", layout.width()),
                attr("height", layout.height()),
                attr("viewBox", "0 0 " + layout.width() + " " + layout.height()),
                attr("role", "group"),
                attr("aria-label", label),
                drawn);
    }

    private static Node arrow() {
        return el(
                "defs",
                el(
                        "marker",
                        attr("id", "arrow"),
                        attr("viewBox", "0 0 8 8"),
                        attr("refX", 7),
                        attr("refY", 4),
                        attr("markerWidth", 7),
                        attr("markerHeight", 7),
                        attr("orient", "auto"),
                        el("path", css("tip"), attr("d", "M0 0 8 4 0 8z"))));
    }

    private static Node frame(Block block) {
        return el(
                "rect",
                css("frame"),
                attr("x", block.x() - FRAME),
                attr("y", block.y() - FRAME),
                attr("width", block.width() + 2 * FRAME),
                attr("height", block.height() + 2 * FRAME),
                attr("rx", 10));
    }

    /** The lines from a parent to its children: one to each that nothing comes before, or to the block in which it stands. */
    private static void lines(FamilyLayout layout, List<Box> boxes, int parent, List<Node> drawn) {
        int right = layout.x(parent) + FamilyLayout.WIDTH;
        int middle = middle(layout, parent);
        List<Integer> children = layout.children(parent);
        children.stream()
                .filter(child -> layout.rank(child) == 0 && layout.block(child) < 0)
                .forEach(child -> drawn.add(line("line", right, middle, layout.x(child), middle(layout, child))));
        layout.blocks().stream()
                .filter(block -> block.parent() == parent && block.rank() == 0)
                .forEach(block -> drawn.add(line("line", right, middle, block.x() - FRAME, nearest(block, middle))));
        children.stream()
                .filter(child -> boxes.get(child).isFinisher() && layout.rank(child) > 0)
                .forEach(finisher -> finisher(layout, parent, finisher, drawn));
    }

    /** The lines from the children that stand just before it. */
    private static void finisher(FamilyLayout layout, int parent, int finisher, List<Node> drawn) {
        int left = layout.x(finisher);
        int middle = middle(layout, finisher);
        int before = layout.rank(finisher) - 1;
        layout.children(parent).stream()
                .filter(child -> layout.rank(child) == before && layout.block(child) < 0)
                .limit(MOST_LINES)
                .forEach(child -> drawn.add(ahead(layout, child, left, middle)));
        layout.blocks().stream()
                .filter(block -> block.parent() == parent && block.rank() == before)
                .forEach(block -> drawn.add(ahead(
                        block.x() + block.width() + FRAME + " " + nearest(block, middle),
                        nearest(block, middle),
                        left,
                        middle)));
    }

    /** From a child to what stands in the next column of its brothers. What is below the child in the family is in between: the line passes under it. */
    private static Node ahead(FamilyLayout layout, int child, int left, int middle) {
        if (layout.children(child).isEmpty()) {
            int row = middle(layout, child);
            return ahead(layout.x(child) + FamilyLayout.WIDTH + " " + row, row, left, middle);
        }
        int under = layout.bottom(child) + FamilyLayout.GAP / 2;
        return ahead(
                layout.x(child) + FamilyLayout.WIDTH / 2 + " " + (layout.y(child) + FamilyLayout.HEIGHT) + "V" + under,
                under,
                left,
                middle);
    }

    /** Straight on in a row in which no box stands, and then in the lane before the next column to the box. */
    private static Node ahead(String begin, int row, int left, int middle) {
        int lane = left - FamilyLayout.LANE + FRAME;
        int half = (lane + left) / 2;
        return path(
                "line after",
                "M" + begin + "H" + lane + "C" + half + " " + row + " " + half + " " + middle + " " + left + " "
                        + middle);
    }

    private static int nearest(Block block, int y) {
        return Math.max(block.y(), Math.min(y, block.y() + block.height()));
    }

    private static int middle(FamilyLayout layout, int box) {
        return layout.y(box) + FamilyLayout.HEIGHT / 2;
    }

    private static Node after(FamilyLayout layout, Edge edge) {
        int right = layout.x(edge.from()) + FamilyLayout.WIDTH;
        int left = layout.x(edge.to());
        int fromMiddle = middle(layout, edge.from());
        int toMiddle = middle(layout, edge.to());
        boolean isNext = layout.areBrothers(edge.from(), edge.to())
                && layout.block(edge.from()) < 0
                && layout.block(edge.to()) < 0
                && layout.rank(edge.to()) == layout.rank(edge.from()) + 1;
        if (isNext) {
            return ahead(layout, edge.from(), left, toMiddle);
        }
        if (left > right) {
            return line("line after", right, fromMiddle, left, toMiddle);
        }
        // It stands below or above: the line goes around on the left.
        int begin = layout.x(edge.from());
        int bend = Math.min(begin, left) - BEND;
        return path(
                "line after",
                "M" + begin + " " + fromMiddle + "C" + bend + " " + fromMiddle + " " + bend + " " + toMiddle + " "
                        + left + " " + toMiddle);
    }

    private static Node line(String kind, int x1, int y1, int x2, int y2) {
        int half = (x1 + x2) / 2;
        return path(kind, "M" + x1 + " " + y1 + "C" + half + " " + y1 + " " + half + " " + y2 + " " + x2 + " " + y2);
    }

    private static Node path(String kind, String d) {
        return el(
                "path",
                css(kind),
                attrIf(kind.contains("after"), "stroke-dasharray", "5 4"),
                attrIf(kind.contains("after"), "marker-end", "url(#arrow)"),
                attr("d", d));
    }

    private static Node box(Box box, int x, int y) {
        Node shape = Html.all(
                el("title", box.title),
                el(
                        "rect",
                        attr("x", x),
                        attr("y", y),
                        attr("width", FamilyLayout.WIDTH),
                        attr("height", FamilyLayout.HEIGHT),
                        attr("rx", 8)),
                el("text", css("sign-of"), attr("x", x + 10), attr("y", y + 25), box.sign),
                el("text", attr("x", x + 30), attr("y", y + 17), cut(box.name, WIDEST_TEXT)),
                el("text", css("detail"), attr("x", x + 30), attr("y", y + 32), box.detail));
        String kind = "box s-" + box.status + (box.isChosen ? " chosen" : "") + (box.before > 0 ? " outside" : "");
        return box.href.isEmpty() ? el("g", css(kind), shape) : el("a", css(kind), attr("href", box.href), shape);
    }

    /** The beginning of a text that is at most so wide; letters of Chinese are as wide as two others. */
    static String cut(String text, int widest) {
        int width = 0;
        for (int i = 0; i < text.length(); i++) {
            width += text.charAt(i) >= FIRST_WIDE_LETTER ? 2 : 1;
            if (width > widest) {
                return PageTexts.cut(text, Math.max(2, i));
            }
        }
        return text;
    }
}
