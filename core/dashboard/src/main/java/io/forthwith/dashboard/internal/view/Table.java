package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.html.Attribute;
import io.forthwith.dashboard.internal.html.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A table whose columns are said once. A long text stands below its row in the whole width: an error is read there, also on a phone. A column in which
 * no row has a value is left out. It is made and drawn by one thread.
 *
 * @param <T> what a row is about
 */
public final class Table<T> {
    private static final Node NOTHING = el("span", css("muted"), "–");

    private final List<Column<T>> columns = new ArrayList<>();
    private Function<T, @Nullable Attribute> mark = any -> null;
    private Function<T, @Nullable Node> line = any -> null;

    /** The value in a column; null for none. */
    @FunctionalInterface
    public interface Cell<T> {
        @Nullable
        Object of(T row);
    }

    /**
     * A column.
     *
     * @param hasValue whether a row has a value in it; null: it has one if its cell is not empty
     */
    private record Column<T>(
            Object heading,
            String kind,
            boolean isName,
            Cell<T> cell,
            @Nullable Predicate<T> hasValue) {
        boolean isShown(List<T> rows, List<@Nullable Object> values) {
            return hasValue == null
                    ? values.stream().anyMatch(value -> !isEmpty(value))
                    : rows.stream().anyMatch(hasValue);
        }

        Node head() {
            return el(
                    "th", attr("scope", "col"), attrIf(kind.matches("(number )?minor|number"), "class", kind), heading);
        }

        Node cell(@Nullable Object value) {
            return el(
                    isName ? "th" : "td",
                    isName ? Marks.ROW : null,
                    attrIf(!kind.isEmpty(), "class", kind),
                    isEmpty(value) ? NOTHING : value);
        }
    }

    private static boolean isEmpty(@Nullable Object value) {
        return value == null || value.toString().isEmpty();
    }

    /** A column of texts. */
    public Table<T> text(Object heading, Cell<T> cell) {
        return column(heading, "", cell);
    }

    /** A column of numbers, durations or times. */
    public Table<T> number(Object heading, Cell<T> cell) {
        return column(heading, "number", cell);
    }

    /** A column of names of the rows. */
    public Table<T> name(Object heading, Cell<T> cell) {
        columns.add(new Column<>(heading, "", true, cell, null));
        return this;
    }

    /** A column whose cells have a class of the style sheet. */
    public Table<T> column(Object heading, String kind, Cell<T> cell) {
        columns.add(new Column<>(heading, kind, false, cell, null));
        return this;
    }

    /** The column before is left out unless a row is such: its cells say what is not there in words or by a number. */
    public Table<T> onlyIf(Predicate<T> hasValue) {
        Column<T> last = columns.remove(columns.size() - 1);
        columns.add(new Column<>(last.heading, last.kind, last.isName, last.cell, hasValue));
        return this;
    }

    /** The column before is not shown on small screens, so that what matters more is seen there without scrolling. */
    public Table<T> minor() {
        Column<T> last = columns.remove(columns.size() - 1);
        columns.add(new Column<>(last.heading, (last.kind + " minor").strip(), last.isName, last.cell, last.hasValue));
        return this;
    }

    /** An attribute of the rows; null for none. */
    public Table<T> mark(Function<T, @Nullable Attribute> of) {
        mark = of;
        return this;
    }

    /** What stands below a row; null for nothing. */
    public Table<T> line(Function<T, @Nullable Node> of) {
        line = of;
        return this;
    }

    /** The table with these rows. */
    public Node of(List<T> rows) {
        List<Column<T>> shown = new ArrayList<>();
        List<List<@Nullable Object>> values = new ArrayList<>();
        for (Column<T> column : columns) {
            List<@Nullable Object> ofColumn = new ArrayList<>();
            rows.forEach(row -> ofColumn.add(column.cell.of(row)));
            if (column.isShown(rows, ofColumn)) {
                shown.add(column);
                values.add(ofColumn);
            }
        }
        List<Node> drawn = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            T row = rows.get(i);
            List<Node> cells = new ArrayList<>();
            for (int at = 0; at < shown.size(); at++) {
                cells.add(shown.get(at).cell(values.get(at).get(i)));
            }
            drawn.add(el("tr", mark.apply(row), cells));
            Node below = line.apply(row);
            if (below != null && !isEmpty(below)) {
                drawn.add(el("tr", css("line"), el("td", attr("colspan", shown.size()), el("div", below))));
            }
        }
        return Parts.table(shown.stream().map(Column::head).toList(), drawn);
    }
}
