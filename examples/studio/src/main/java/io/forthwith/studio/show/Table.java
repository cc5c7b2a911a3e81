package io.forthwith.studio.show;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Rows under headings, aligned. Not thread-safe. */
public final class Table {
    private static final int WIDEST = 44;

    private final List<List<String>> rows = new ArrayList<>();
    private final Set<String> numbers;

    /** A table of one row, the headings; {@code numbers} names the columns that are aligned to the right. */
    public Table(List<String> headings, Set<String> numbers) {
        this.numbers = numbers;
        rows.add(List.copyOf(headings));
    }

    /** Adds a row of as many cells as there are headings. */
    public void add(List<String> cells) {
        rows.add(List.copyOf(cells));
    }

    /** The lines to print. */
    public List<String> lines() {
        List<Integer> widths = new ArrayList<>(Collections.nCopies(rows.get(0).size(), 0));
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths.set(i, Math.min(WIDEST, Math.max(widths.get(i), Columns.width(row.get(i)))));
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            lines.add(line(row, widths));
        }
        lines.add(1, line(widths.stream().map("─"::repeat).toList(), widths));
        return lines;
    }

    private String line(List<String> row, List<Integer> widths) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            String cell = Columns.cut(row.get(i), widths.get(i));
            boolean number = numbers.contains(rows.get(0).get(i));
            cells.add(number ? Columns.right(cell, widths.get(i)) : Columns.left(cell, widths.get(i)));
        }
        return "  " + String.join("  ", cells).stripTrailing();
    }
}
