package io.forthwith.dashboard.internal.html;

import io.forthwith.dashboard.internal.html.FamilyGraph.Box;
import io.forthwith.dashboard.internal.html.FamilyGraph.Edge;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where the boxes of a family stand: a parent on the left of its children, a job on the left of those that come after it. Many children without
 * children of their own stand in a block of several columns. No two boxes overlap.
 */
final class FamilyLayout {
    static final int WIDTH = 176;
    static final int HEIGHT = 40;
    static final int GAP = 12;
    static final int MARGIN = 30;
    /** Between a column and the next one, for lines. */
    static final int LANE = 44;

    private static final int STEP = WIDTH + LANE;
    private static final int FEW = 10;
    private static final int LOWEST = 2 * (HEIGHT + GAP);

    private final List<Box> boxes;
    private final List<Edge> edges;
    private final List<List<Integer>> children = new ArrayList<>();
    private final int[] ranks;
    private final int[] x;
    private final int[] y;
    private final int[] bottom;
    private final int[] blockOf;
    private final List<Block> blocks = new ArrayList<>();
    private int width;
    private int height;

    /** Boxes in columns, children of one parent. */
    record Block(int parent, int rank, int x, int y, int width, int height) {}

    private record Size(int width, int height) {}

    FamilyLayout(List<Box> boxes, List<Edge> edges) {
        this.boxes = boxes;
        this.edges = edges;
        x = new int[boxes.size()];
        y = new int[boxes.size()];
        bottom = new int[boxes.size()];
        blockOf = new int[boxes.size()];
        Arrays.fill(blockOf, -1);
        boxes.forEach(each -> children.add(new ArrayList<>()));
        for (int i = 0; i < boxes.size(); i++) {
            if (boxes.get(i).parent() >= 0) {
                children.get(boxes.get(i).parent()).add(i);
            }
        }
        ranks = ranks(edges);
        placeAll();
    }

    int x(int box) {
        return x[box];
    }

    int y(int box) {
        return y[box];
    }

    /** Where all that stands below it in the family ends. Between that and the next box there is room for a line. */
    int bottom(int box) {
        return bottom[box];
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** How many of its brothers stand before it, one after the other. */
    int rank(int box) {
        return ranks[box];
    }

    /** The number of the block in which it stands; -1 if it stands alone. */
    int block(int box) {
        return blockOf[box];
    }

    List<Block> blocks() {
        return blocks;
    }

    List<Integer> children(int box) {
        return children.get(box);
    }

    /** Whether both are children of one parent. */
    boolean areBrothers(int one, int other) {
        return boxes.get(one).parent() >= 0
                && boxes.get(one).parent() == boxes.get(other).parent();
    }

    private int[] ranks(List<Edge> edges) {
        int[] found = new int[boxes.size()];
        boolean hasChanged = true;
        // As many rounds as boxes are enough, unless jobs come after each other in a ring, which nobody can enqueue but
        // plain SQL can write.
        for (int round = 0; hasChanged && round < boxes.size(); round++) {
            hasChanged = false;
            for (Edge edge : edges) {
                if (areBrothers(edge.from(), edge.to())
                        && found[edge.to()] <= found[edge.from()]
                        && found[edge.from()] + 1 < boxes.size()) {
                    found[edge.to()] = found[edge.from()] + 1;
                    hasChanged = true;
                }
            }
        }
        for (List<Integer> brothers : children) {
            int last = brothers.stream().mapToInt(each -> found[each]).max().orElse(0);
            for (int each : brothers) {
                if (boxes.get(each).isFinisher() && brothers.size() > 1) {
                    found[each] = last + 1;
                }
            }
        }
        return found;
    }

    private void placeAll() {
        int farthest = boxes.stream().mapToInt(Box::before).max().orElse(0);
        int[] filled = new int[farthest + 1];
        for (int i = 0; i < boxes.size(); i++) {
            int before = boxes.get(i).before();
            if (before > 0) {
                x[i] = MARGIN + (farthest - before) * STEP;
                y[i] = GAP + filled[before];
                filled[before] += HEIGHT + GAP;
                cover(i);
            }
        }
        int top = GAP;
        for (int i = 0; i < boxes.size(); i++) {
            if (boxes.get(i).before() == 0 && boxes.get(i).parent() < 0) {
                top += place(i, MARGIN + farthest * STEP, top).height + GAP;
            }
        }
        width += MARGIN;
        height += GAP;
    }

    private Size place(int box, int left, int top) {
        x[box] = left;
        int right = left + WIDTH;
        int firstHeight = 0;
        int highest = HEIGHT;
        List<Integer> below = children.get(box);
        int last = below.stream().mapToInt(each -> ranks[each]).max().orElse(-1);
        for (int rank = 0; rank <= last; rank++) {
            int wanted = rank;
            List<Integer> column = sourcesFirst(
                    box, below.stream().filter(each -> ranks[each] == wanted).toList());
            if (!column.isEmpty()) {
                Size size = column(box, rank, column, right + STEP - WIDTH, top, rank < last ? GAP : 0);
                right += STEP - WIDTH + size.width;
                highest = Math.max(highest, size.height);
                firstHeight = firstHeight == 0 ? size.height : firstHeight;
            }
        }
        y[box] = top + Math.min(Math.max(0, firstHeight - HEIGHT) / 2, LOWEST);
        cover(box);
        bottom[box] = top + highest;
        height = Math.max(height, bottom[box]);
        return new Size(right - left, highest);
    }

    /** Brothers in an order in which one stands above another if what is below it comes before what is below the other; else as they were. */
    private List<Integer> sourcesFirst(int parent, List<Integer> column) {
        Map<Integer, Set<Integer>> sources = new HashMap<>();
        for (Edge edge : edges) {
            int from = childOf(parent, edge.from());
            int to = childOf(parent, edge.to());
            if (from >= 0 && to >= 0 && from != to && ranks[from] == ranks[to]) {
                sources.computeIfAbsent(to, any -> new HashSet<>()).add(from);
            }
        }
        if (sources.isEmpty()) {
            return column;
        }
        List<Integer> left = new ArrayList<>(column);
        List<Integer> ordered = new ArrayList<>();
        while (!left.isEmpty()) {
            // In a ring nothing is first.
            Integer next = left.stream()
                    .filter(each ->
                            sources.getOrDefault(each, Set.of()).stream().noneMatch(left::contains))
                    .findFirst()
                    .orElse(left.get(0));
            left.remove(next);
            ordered.add(next);
        }
        return ordered;
    }

    /** The child of a parent that is a box, or above it; -1 if there is none. */
    private int childOf(int parent, int box) {
        int at = box;
        while (at >= 0 && boxes.get(at).parent() != parent) {
            at = boxes.get(at).parent();
        }
        return at;
    }

    /** @param room below each child that has children, for its line to those that come after it */
    private Size column(int parent, int rank, List<Integer> column, int left, int top, int room) {
        List<Integer> leaves =
                column.stream().filter(each -> children.get(each).isEmpty()).toList();
        boolean hasBlock = leaves.size() > FEW;
        int widest = 0;
        int next = top;
        for (int each : column) {
            if (!hasBlock || !children.get(each).isEmpty()) {
                Size size = place(each, left, next);
                widest = Math.max(widest, size.width);
                next += size.height + GAP + (children.get(each).isEmpty() ? 0 : room);
            }
        }
        if (hasBlock) {
            Block block = block(parent, rank, leaves, left, next);
            widest = Math.max(widest, block.width);
            next += block.height + GAP;
        }
        return new Size(widest, next - top - GAP);
    }

    private Block block(int parent, int rank, List<Integer> leaves, int left, int top) {
        int rows = Math.max(FEW, (int) Math.ceil(Math.sqrt(5.0 * leaves.size())));
        for (int i = 0; i < leaves.size(); i++) {
            int leaf = leaves.get(i);
            x[leaf] = left + i / rows * (WIDTH + GAP);
            y[leaf] = top + i % rows * (HEIGHT + GAP);
            blockOf[leaf] = blocks.size();
            cover(leaf);
        }
        int columns = (leaves.size() + rows - 1) / rows;
        Block block = new Block(
                parent,
                rank,
                left,
                top,
                columns * (WIDTH + GAP) - GAP,
                Math.min(rows, leaves.size()) * (HEIGHT + GAP) - GAP);
        blocks.add(block);
        return block;
    }

    private void cover(int box) {
        width = Math.max(width, x[box] + WIDTH);
        height = Math.max(height, y[box] + HEIGHT);
    }
}
